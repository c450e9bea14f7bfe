// The page's side of the driver's tests: a host in the face's place, and the platform as it must be expected.

const realFetch = globalThis.fetch.bind(globalThis);
const RealWebSocket = globalThis.WebSocket;

/** Asks the gateway; what is not JSON is a text. */
export async function ask(method, address, body) {
  const answer = await realFetch(address, { method, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${text}`);
  return answer.headers.get("Content-Type")?.startsWith("application/json") ? JSON.parse(text) : text;
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Takes notes, as the face does. `calls` counts every call that it ever got. */
export class Page {
  calls = 0;
  #notes = [];

  constructor(WebSocket) {
    if (WebSocket !== undefined) this.WebSocket = WebSocket;
  }

  deliver(type, detail) {
    this.calls++;
    this.#notes.push([type, detail]);
  }

  requestToken(request, renew) {
    this.calls++;
    this.#notes.push(["token", { request, renew }]);
  }

  /** What came since the last time. */
  take() {
    return this.#notes.splice(0);
  }
}

/** What `make` gives is what the constructor gives; `made` has them all. */
function maker(make) {
  const made = [];
  const Made = class {
    constructor(...given) {
      const socket = make(made.length, ...given);
      made.push(socket);
      // biome-ignore lint/correctness/noConstructorReturn: the driver must take what it is given
      return socket;
    }
  };
  return Object.assign(Made, { made });
}

/** Real sockets; `overlaps` counts those that were made while an earlier one was not let go of. */
export function remembered() {
  const Made = maker((_, ...given) => {
    if (Made.made.some((socket) => socket.readyState < RealWebSocket.CLOSING)) Made.overlaps++;
    return new RealWebSocket(...given);
  });
  return Object.assign(Made, { overlaps: 0 });
}

/** The constructor calls `then`, which sees no socket yet, and gives a real one. */
export function calling(then) {
  return maker((_, ...given) => {
    then();
    return new RealWebSocket(...given);
  });
}

/** Never gives a socket. */
export function refusing() {
  return maker(() => {
    throw new Error("no sockets today");
  });
}

class Mock extends EventTarget {
  closed = 0;
  close() {
    this.closed++;
  }
  say(frame) {
    this.dispatchEvent(new MessageEvent("message", { data: frame }));
  }
  end(code) {
    this.dispatchEvent(new CloseEvent("close", { code }));
  }
}

const acknowledged = ({ messageId }) => JSON.stringify({ type: "messageReceived", messageId });

/** A service in the page that answers a heartbeat at once, and the messages as `answer(socket, frame)` says. */
class Service extends Mock {
  sent = [];
  constructor(answer) {
    super();
    this.answer = answer;
  }
  addEventListener(type, ...rest) {
    super.addEventListener(type, ...rest);
    if (type === "close") this.dispatchEvent(new Event("open"));
  }
  send(text) {
    const frame = JSON.parse(text);
    if (frame.type !== "message") return this.say(JSON.stringify({ type: "KEEP_ALIVE_ACK" }));
    this.sent.push(frame.messageId);
    this.answer(this, frame);
  }
}

/** Opens inside `addEventListener` and acknowledges inside `send`: nothing ever comes later. */
export function immediate() {
  return maker(() => new Service((socket, frame) => socket.say(acknowledged(frame))));
}

/** The first acknowledgement comes in an event of its own, so that all that follows from it happens inside its listener. */
export function immediateButOne() {
  return maker(
    () =>
      new Service((socket, frame) => {
        if (socket.sent.length > 1) socket.say(acknowledged(frame));
        else setTimeout(() => socket.say(acknowledged(frame)));
      }),
  );
}

/** The first sockets misbehave, each in its way, before the constructor or a call has returned; then there are real ones. */
export function closingInside() {
  const ways = [
    () =>
      new (class extends Mock {
        addEventListener(type, ...rest) {
          super.addEventListener(type, ...rest);
          if (type === "close") this.end(1006);
        }
      })(),
    () =>
      new (class extends Service {
        send() {
          this.end(1012);
        }
      })(),
    () =>
      new (class extends Service {
        send() {
          this.end(1011);
          throw new DOMException("closed", "InvalidStateError");
        }
      })(),
    () =>
      new (class extends Service {
        send() {
          throw new DOMException("still connecting", "InvalidStateError");
        }
        close() {
          this.end(1006);
          throw new Error("close() does not work either");
        }
      })(),
  ];
  return maker((count, ...given) => (ways[count] ?? (() => new RealWebSocket(...given)))());
}

/** Objects that are no sockets at all, and then real ones. */
export function noSockets() {
  const refuse = () => {
    throw new Error("hands off");
  };
  const ways = [
    () => ({}),
    () => Object.freeze({}),
    () => new Proxy({}, { get: refuse, set: refuse, has: refuse }),
    () => ({ addEventListener: refuse, removeEventListener: refuse, send: refuse, close: refuse }),
    () => document.createElement("p"),
  ];
  return maker((count, ...given) => (ways[count] ?? (() => new RealWebSocket(...given)))());
}

/** Calls `then` inside each `send`. */
export function callingInSend(then) {
  return maker(
    () =>
      new (class extends Service {
        send(text) {
          super.send(text);
          then();
        }
      })(() => undefined),
  );
}

/** Calls `then` in the event in which the socket opened, after the driver has heard of it. */
export function callingWhenOpen(then) {
  return maker((_, ...given) => {
    const socket = new RealWebSocket(...given);
    queueMicrotask(() => socket.addEventListener("open", () => then()));
    return socket;
  });
}

/** Events with nothing in them, and frames of every kind that is none, and then a service that behaves. */
export function babbling() {
  return maker(
    () =>
      new Service((socket, frame) => {
        for (const data of [
          undefined,
          null,
          7,
          {},
          new ArrayBuffer(8),
          new Blob(["x"]),
          "\ud800",
          "[]",
          "{",
          "",
        ]) {
          socket.say(data);
        }
        socket.dispatchEvent(new Event("message"));
        socket.dispatchEvent(new Event("error"));
        socket.say(acknowledged(frame));
      }),
  );
}

/** Puts another `fetch` in place; gives what puts the old one back. */
function replace(fetch) {
  const before = globalThis.fetch;
  globalThis.fetch = fetch;
  return () => {
    globalThis.fetch = before;
  };
}

/** The first calls of `fetch` go wrong in ways that no platform has but some instrumentation might. */
export function brokenFetch() {
  const ways = [
    () => {
      throw new TypeError("fetch throws");
    },
    () => undefined,
    () => Promise.resolve(undefined),
    () => Promise.resolve({ status: 200 }),
    () => Promise.reject(),
    () => {
      const answer = new Response("{}");
      answer.body.getReader();
      return Promise.resolve(answer);
    },
    // biome-ignore lint/suspicious/noThenProperty: a thenable that settles at once
    () => ({ then: (fulfilled) => fulfilled(new Response("", { status: 503 })) }),
  ];
  let count = 0;
  return replace((...given) => (ways[count++] ?? realFetch)(...given));
}

/** The first answer has a body that never ends; `pulled` tells how much of it was taken, `cancelled` whether it was let go. */
export function endlessFetch() {
  const seen = { pulled: 0, aborted: false };
  let first = true;
  seen.restore = replace((request) => {
    if (!first) return realFetch(request);
    first = false;
    request.signal.addEventListener("abort", () => {
      seen.aborted = true;
    });
    const pull = (controller) => {
      if (seen.aborted) return controller.error(new DOMException("aborted", "AbortError"));
      seen.pulled += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    };
    return Promise.resolve(new Response(new ReadableStream({ pull }), { status: 503 }));
  });
  return seen;
}

/** `fetch` of another realm, as in a page whose tests run in jsdom: its classes are not ours. */
export async function foreignFetch() {
  const frame = document.createElement("iframe");
  document.body.append(frame);
  const foreign = frame.contentWindow;
  const restore = replace((request) => foreign.fetch(request));
  return () => {
    restore();
    frame.remove();
  };
}

/** Options that are nothing one could write down, by name. */
export function hostileOptions() {
  const credential = { kind: "bearer", value: "demo-token-0000000000" };
  const good = { host: "http://127.0.0.1:1", credential };
  const throws = () => {
    throw new Error("not for you");
  };
  const cyclic = { ...good };
  cyclic.guest = cyclic;
  const list = [];
  list.push(list);
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const traps = Object.fromEntries(
    ["get", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf", "has"].map((name) => [name, throws]),
  );
  const wide = (length) => Object.fromEntries(Array.from({ length }, (_, index) => [`n${index}`, index]));
  return Object.entries({
    nothing: undefined,
    null: null,
    "a number": 7,
    "a text": "acme.mypurecloud.com",
    "a list": [good],
    "a function": throws,
    "a symbol": Symbol("options"),
    "a BigInt": 7n,
    "an empty object": {},
    "a getter that throws": {
      ...good,
      get ttl() {
        return throws();
      },
    },
    "a nested getter that throws": {
      ...good,
      backoff: {
        get base() {
          return throws();
        },
      },
    },
    "a cycle": cyclic,
    "a list in itself": { ...good, guest: list },
    "a proxy whose traps throw": new Proxy({}, traps),
    "a nested proxy whose traps throw": { ...good, guest: new Proxy({}, traps) },
    "a revoked proxy": revoked,
    "a nested revoked proxy": { ...good, guest: revoked },
    "a list that claims to be long": {
      ...good,
      guest: new Proxy([], { get: (target, name) => (name === "length" ? 2 ** 32 - 1 : target[name]) }),
    },
    "a function as a number": { ...good, ttl: throws },
    "a symbol as a number": { ...good, ttl: Symbol("ttl") },
    "a BigInt as a number": { ...good, ttl: 1000n },
    "not a number": { ...good, ttl: Number.NaN },
    "an infinite number": { ...good, ttl: Number.POSITIVE_INFINITY },
    "a fraction": { ...good, ttl: 1.5 },
    "minus zero attempts": { ...good, maxAttempts: -0 },
    "a boxed number": { ...good, ttl: Object(1000) },
    "a date": { ...good, ttl: new Date() },
    "a lone surrogate": { ...good, guest: { firstName: "\ud800" } },
    "a lone surrogate as a name": { ...good, "\udfff": 1 },
    "a name of the prototype": JSON.parse(
      `{"host":"http://127.0.0.1:1","credential":{"kind":"provider"},"__proto__":{}}`,
    ),
    "too many": { ...good, guest: wide(20_000) },
    "a long text": { ...good, guest: { email: "x".repeat(1 << 20) } },
    "a long host": { ...good, host: "h".repeat(1 << 20) },
  });
}

/** Constructors that are none. */
export function noConstructors() {
  return [
    7,
    "WebSocket",
    {},
    true,
    Symbol("WebSocket"),
    () => new RealWebSocket("ws://127.0.0.1:1"),
    { make() {} }.make,
    async function make() {},
    Math.max,
  ];
}
