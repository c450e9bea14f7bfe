// A stand-in for the generated glue, so that the rules of the face are tested by themselves: it does what it is told, and
// notes what it was asked. The real module runs in the end-to-end tests.

export const calls = { instances: 0, failures: 0 };

/** Makes the next load fail. */
export function failNextLoad() {
  calls.failures += 1;
}

/** Of the newest instance. */
let fuse;

/** A class of its own for each instance: the fuse wraps its methods. */
function ofInstance(Class) {
  const Own = class extends Class {};
  Object.defineProperties(Own.prototype, {
    ...Object.getOwnPropertyDescriptors(Class.prototype),
    constructor: { value: Own },
  });
  return fuse.around(Own);
}

export const glue = (given) => ({
  imports: {},
  begin() {
    if (calls.failures > 0) {
      calls.failures -= 1;
      throw new Error("broken module");
    }
    calls.instances += 1;
    fuse = given;
    return { RawClient: ofInstance(RawClient), RawTokens: ofInstance(RawTokens) };
  },
});

export const raw = (code, blame = "caller") => ({
  code,
  message: `the ${code} of the test`,
  remedy: "none",
  retryable: code === "buffer_full",
  blame,
});

function checkTopics(topics) {
  if (topics.some((topic) => typeof topic !== "string" || topic === "bad topic"))
    throw fuse.refusal(raw("bad_topic"));
}

export class RawClient {
  /** The one made last. */
  static last;
  calls = [];
  sent = 0;
  state = "idle";
  freed = false;
  /** True while a call is on the stack: nothing of the user's may run then. */
  busy = false;
  onClose = "closed";
  /** What is thrown across the module's frames, and in which call. */
  failsIn;
  failsAfter;
  fault = new WebAssembly.RuntimeError("unreachable");

  constructor(options, host) {
    if (options.host === "trap") throw new WebAssembly.RuntimeError("unreachable");
    if (options.host === "bad host") throw fuse.refusal({ ...raw("bad_option"), option: "host" });
    if ("unknown" in options) {
      throw fuse.refusal({
        ...raw("bad_option"),
        option: "unknown",
        remedy: "known here: host, credential, window",
      });
    }
    const { kind } = options.credential;
    if (!kind || (kind === "none" && !options.url)) {
      throw fuse.refusal({ ...raw("bad_option"), option: options.url ? "auth" : "credentials" });
    }
    this.options = options;
    this.host = host;
    RawClient.last = this;
  }

  #call(name, work) {
    if (this.freed) throw new Error(`${name} after free`);
    this.calls.push(name);
    if (name === this.failsIn) throw this.fault;
    this.busy = true;
    try {
      const given = work?.();
      if (name === this.failsAfter) throw this.fault;
      return given;
    } finally {
      this.busy = false;
    }
  }

  change(to, error = null) {
    const from = this.state;
    this.state = to;
    this.host.deliver("statechange", {
      from,
      to,
      step: to === "connected" ? "ready" : "idle",
      why: "test",
      attempt: 0,
      wait: null,
      error,
      at: 0,
    });
  }

  delivery(id, state) {
    this.host.deliver("delivery", { id, state, reason: null, via: null, elapsed: 1, attempts: 1, at: 0 });
  }

  connect() {
    this.#call("connect", () => this.change("connecting"));
  }
  reconnectNow() {
    this.#call("reconnectNow");
  }
  send(content) {
    return this.#call("send", () => {
      if (typeof content !== "string") throw fuse.refusal(raw("malformed"));
      if (content === "") throw fuse.refusal(raw("empty"));
      if (content === "full") throw fuse.refusal(raw("buffer_full"));
      this.sent += 1;
      const id = `m${this.sent}`;
      this.delivery(id, "queued");
      return id;
    });
  }
  sendDraft(content) {
    return this.#call("sendDraft", () => {
      if ("bad" in content) throw fuse.refusal(raw("bad_content"));
      this.draft = content;
      this.sent += 1;
      return `m${this.sent}`;
    });
  }
  attach(name, type, bytes) {
    return this.#call("attach", () => {
      if (bytes.size === 0) throw fuse.refusal(raw("file_empty"));
      this.file = { name, type, bytes };
      this.attachment("f1", "presigning");
      return "f1";
    });
  }
  attachment(id, state, reason = null) {
    const { name, type, bytes } = this.file;
    const told = { id, name, type, size: bytes.size, state, reason, code: null, url: null, at: 0 };
    this.host.deliver("attachment", told);
  }
  detach(id) {
    return this.#call("detach", () => {
      if (id !== "f1") throw fuse.refusal(raw("unknown_attachment"));
      this.attachment(id, "detached");
    });
  }
  attachmentUrl(id) {
    return this.#call("attachmentUrl", () => {
      if (id === "many") throw fuse.refusal(raw("too_many_files"));
      if (this.early) this.host.deliver("attachmenturl", { request: 7, id, at: 0, ...this.early });
      return 7;
    });
  }
  inquire(what) {
    return this.#call("inquire", () => {
      if (this.early) this.host.deliver("answer", { request: what, ...this.early });
      return what;
    });
  }
  typing() {
    return this.#call("typing", () => true);
  }
  conversation() {
    return { readOnly: false, typing: false, startingNew: false, clearing: false, expiresIn: null };
  }
  setAttributes(attributes) {
    this.#call("setAttributes", () => {
      if (typeof attributes !== "object") throw fuse.refusal(raw("bad_content"));
      this.attributes = attributes;
    });
  }
  answerOffer(answer) {
    return this.#call("answerOffer", () => {
      if (!answer.kind) throw fuse.refusal(raw("bad_content"));
      return true;
    });
  }
  join() {
    return this.#call("join", () => {
      if (this.readOnly) throw fuse.refusal(raw("read_only"));
      return !this.joined;
    });
  }
  startNew() {
    this.#call("startNew", () => {
      if (this.writable) throw fuse.refusal(raw("not_read_only"));
    });
  }
  clear() {
    this.#call("clear");
  }
  signIn(grant) {
    this.#call("signIn", () => {
      if (!grant?.code) throw fuse.refusal(raw("bad_grant"));
      this.grants = [...(this.grants ?? []), grant];
    });
  }
  signOut() {
    this.#call("signOut", () => {
      if (!this.grants) throw fuse.refusal(raw("not_signed_in"));
    });
  }
  subscribe(topics) {
    return this.#call("subscribe", () => {
      checkTopics(topics);
      this.asked = topics;
      if (this.early) this.host.deliver("answer", { request: 1, value: this.early });
      return 1;
    });
  }
  unsubscribe(topics) {
    return this.#call("unsubscribe", () => {
      checkTopics(topics);
      this.asked = topics;
      return 2;
    });
  }
  topics() {
    return this.#call("topics", () => [{ topic: "v2.a", state: "pending" }]);
  }
  resynced(gap) {
    this.#call(`resynced ${gap}`);
  }
  cancel(id) {
    return this.#call("cancel", () => id === "m1");
  }
  close(grace) {
    this.grace = grace;
    this.#call("close", () => {
      // What is closed already is told nothing.
      if (this.state !== "closed") this.change(this.onClose);
    });
  }
  pending() {
    return this.#call("pending", () => []);
  }
  stats() {
    return this.#call("stats", () => ({ state: this.state, delivered: this.sent }));
  }
  session() {
    return this.#call("session", () => ({ id: "s1", expiresIn: 1 }));
  }
  trace() {
    return this.#call("trace", () => [
      { format: "f", start: "1 ", end: "2 " },
      { in: "connect" },
      { out: "audit" },
    ]);
  }
  provideToken(request, token, life) {
    this.#call("provideToken", () => {
      this.token = life === undefined ? [request, token] : [request, token, life];
    });
  }
  refuseToken(request, code) {
    this.#call("refuseToken", () => {
      this.refusal = code === undefined ? [request] : [request, code];
    });
  }
  grantUnavailable() {
    this.#call("grantUnavailable", () => {
      this.grantless = (this.grantless ?? 0) + 1;
    });
  }
  free() {
    this.#call("free");
    this.freed = true;
  }
}

/** The class of token managers. */
export class RawTokens {
  /** The one made last. */
  static last;
  asked = [];
  aborted = [];
  rests = false;
  freed = false;

  constructor(options, host) {
    if (options.clientSecret === "bad") {
      const message = "option clientSecret is missing or malformed";
      throw fuse.refusal({ ...raw("bad_option"), option: "clientSecret", message });
    }
    if (options.clientId === "unreadable")
      throw fuse.refusal({
        ...raw("bad_option"),
        option: "options",
        message: "option options cannot be read",
      });
    if (options.region === "bad")
      throw fuse.refusal({ ...raw("bad_option"), option: "region", message: "option region is none" });
    this.options = options;
    this.host = host;
    RawTokens.last = this;
  }
  ask(number, refused) {
    this.asked.push([number, refused]);
  }
  abort(number) {
    this.aborted.push(number);
  }
  rest() {
    this.rests = true;
  }
  free() {
    this.freed = true;
  }
}
