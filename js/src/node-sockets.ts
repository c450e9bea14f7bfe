/**
 * Sockets in Node. One that was closed ends by itself soon after, whether or not the other side answers: the package ws waits 30 s
 * for the answer, Node's own socket as long as TCP does, and the process with them. Why a handshake failed is noted on the socket,
 * where the module reads it. And Node's own takes headers as ws does.
 */
import type { Platform } from "./loader.js";
import type { WebSocketConstructor } from "./options.js";
import type { Host, RawClient, RawClientConstructor } from "./raw.js";

/** How long the other side may take to answer a close, in ms. */
const CLOSE_ANSWER = 2000;

/** The module's default of `maxFrame`, bytes. */
const FRAME_BYTES = 256 * 1024;

/**
 * How many of the largest frames a socket of ws takes as one. It must not inflate without bound, but what is over its limit ends the
 * connection, and is dropped by itself below it.
 */
const FRAMES = 4;

interface SocketOptions {
  headers?: Record<string, string>;
  maxPayload?: number;
}

type Arguments = [url: string, protocols?: string[] | undefined, options?: SocketOptions];

type Construct = (target: WebSocketConstructor, values: Arguments, made: WebSocketConstructor) => Ending;

/** What a socket of ws has, and what is put on Node's own. */
type Ending = WebSocket & { terminate?(): void; on?: Listen; failure?: unknown };

type Listen = (
  name: "unexpected-response",
  heard: (request: unknown, response: IncomingMessage) => void,
) => void;

/** What the types of Node would say. */
interface IncomingMessage {
  readonly statusCode?: number;
  readonly headers: SaidHeaders;
  on(name: "error", heard: () => void): void;
}

type SaidHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What a handshake was answered with, as the module reads any answer; a body it does not read. */
class Refusal {
  readonly status: number;
  readonly headers: { get(name: string): string | null };

  constructor(status: number, headers: SaidHeaders) {
    this.status = status;
    this.headers = {
      get(name) {
        const said = headers[name.toLowerCase()];
        return (typeof said === "object" ? said[0] : said) ?? null;
      },
    };
  }
}

/** @internal */
export const onNode: Platform = {
  around<Raw extends RawClient>(Raw: RawClientConstructor<Raw>): RawClientConstructor<Raw> {
    return new Proxy(Raw, {
      construct(target, [plain, host]: [{ maxFrame?: unknown }, Host], made) {
        const { maxFrame } = plain;
        const WebSocket = ending(host.WebSocket, typeof maxFrame === "number" ? maxFrame : FRAME_BYTES);
        return Reflect.construct(target, [plain, { ...host, ...(WebSocket && { WebSocket }) }], made);
      },
    });
  },
  takesHeaders: (given) => placeOfHeaders(given ?? globalThis.WebSocket) !== undefined,
};

/** The constructor, given or found, of sockets that end; undefined where there is none. */
function ending(given: WebSocketConstructor | undefined, maxFrame: number): WebSocketConstructor | undefined {
  const found = given ?? globalThis.WebSocket;
  // What is no constructor is for the module to refuse.
  if (typeof found !== "function") return given;
  const construct: Construct =
    isPlatforms(found) && placeOfHeaders(found) === 1 ? constructOwn : constructGiven;
  return new Proxy(found, {
    construct(target, [url, protocols, options]: Arguments) {
      // Not what stands around it: of a bound function only itself is made by itself.
      const socket = construct(
        target,
        [url, protocols, { ...options, maxPayload: FRAMES * maxFrame }],
        target,
      );
      const close = socket.close;
      const value = (...said: Parameters<WebSocket["close"]>): void => {
        try {
          close.apply(socket, said);
        } finally {
          // The timer keeps no process alive; a socket that is still there when it is over does. In Electron's pages it is a number.
          (setTimeout(() => socket.terminate?.(), CLOSE_ANSWER) as Partial<NodeJS.Timeout>).unref?.();
        }
      };
      // What takes no such member is left as it is.
      Reflect.defineProperty(socket, "close", { value });
      return socket;
    },
  });
}

/** The platform's own constructor, or what is made of it. */
function isPlatforms(found: WebSocketConstructor): boolean {
  const { WebSocket } = globalThis;
  if (!WebSocket?.prototype) return false;
  try {
    const { prototype } = found;
    return prototype === WebSocket.prototype || prototype instanceof WebSocket;
  } catch {
    // What throws there is for the module to refuse.
    return false;
  }
}

/**
 * Which argument's headers a constructor sends: that of Node and that of Bun their second's, that of ws its third's. No name tells it,
 * but what it does: it is asked with an address that none can open, and reads what it would send.
 */
function placeOfHeaders(found: WebSocketConstructor | undefined): 1 | 2 | undefined {
  if (typeof found !== "function") return undefined;
  // That of ws takes its options in either place.
  for (const place of [2, 1] as const) {
    let asked = false;
    const options = {
      get headers() {
        asked = true;
        return undefined;
      },
    };
    const values = place === 1 ? ["no-such-protocol:", options] : ["no-such-protocol:", [], options];
    try {
      const socket: Partial<Ending> = Reflect.construct(found, values);
      // It opens anything. An error that nobody hears would end the process.
      socket.onerror = () => undefined;
      socket.close?.();
    } catch {
      // As it should be.
    }
    if (asked) return place;
  }
  return undefined;
}

/** A socket of ws, or of whatever else was given. */
function constructGiven(
  target: WebSocketConstructor,
  [url, protocols, options]: Arguments,
  made: WebSocketConstructor,
): Ending {
  const socket: Ending = Reflect.construct(target, [url, protocols ?? [], options], made);
  socket.addEventListener("error", (event) => note(socket, (event as { error?: unknown }).error));
  // An emitter of events, as that of ws is.
  socket.on?.("unexpected-response", (_, response) => {
    response.on("error", () => undefined);
    note(socket, new Refusal(response.statusCode ?? 0, response.headers));
    // Whoever listens to this must end it, however long its body is on the way.
    socket.terminate?.();
  });
  return socket;
}

/** Why it failed, for the module. The first word counts: what follows comes of it. */
function note(socket: Ending | undefined, failure: unknown): void {
  if (socket && failure !== undefined && !("failure" in socket))
    Reflect.defineProperty(socket, "failure", { value: failure });
}

interface Dispatcher {
  dispatch(request: unknown, handler: Record<string, unknown>): boolean;
}

/**
 * Where undici, which is in Node, keeps what makes its connections: up to version 7, and from 8 on. Both are there where the package
 * undici is beside Node's own, or newer than that.
 */
const OLDER = Symbol.for("undici.globalDispatcher.1");
const NEWER = Symbol.for("undici.globalDispatcher.2");

/** A socket of Node's own, with headers, and with `terminate` once it is connected, where undici lets itself be listened to. */
function constructOwn(target: WebSocketConstructor, values: Arguments, made: WebSocketConstructor): Ending {
  const [url, protocols = [], { headers } = {}] = values;
  const { [OLDER]: older, [NEWER]: newer } = globalThis as { [OLDER]?: Dispatcher; [NEWER]?: Dispatcher };
  const either = newer ?? older;
  // Something may be heard before it is there.
  let socket: Ending | undefined;
  const dispatcher: Dispatcher | undefined = either && {
    dispatch(request, handler) {
      // Each understands handlers of its own age; this member has gone with the old ones.
      const outer = "onConnect" in handler ? older : newer;
      return (outer ?? either).dispatch(
        request,
        listened(handler, () => socket),
      );
    },
  };
  const options = { protocols, ...(headers && { headers }), ...(dispatcher && { dispatcher }) };
  const opened: Ending = Reflect.construct(target, [url, options], made);
  socket = opened;
  // Of a handshake that was refused Node 22 tells an error, and no close ever. Where one follows, it comes first.
  opened.addEventListener("error", () =>
    setTimeout(() => opened.dispatchEvent(Object.assign(new Event("close"), { code: 1006 }))),
  );
  return opened;
}

/** The same handler of a request, of which is heard what becomes of a handshake: under the names of undici up to 7, and from 8 on. */
function listened(
  handler: Record<string, unknown>,
  socket: () => Ending | undefined,
): Record<string, unknown> {
  const listening: Record<string, unknown> = Object.create(handler);
  const hear = (name: string, heard: (said: unknown[]) => void): void => {
    const told = handler[name];
    if (typeof told !== "function") return;
    listening[name] = function (...said: unknown[]): unknown {
      heard(said);
      return told.apply(this, said);
    };
  };
  const connected = (said: unknown[]): void => {
    const connection = said.at(-1) as { destroy(): void };
    const opened = socket();
    if (opened) Reflect.defineProperty(opened, "terminate", { value: () => connection.destroy() });
  };
  const answered = (status: unknown, headers: SaidHeaders): void => {
    // What is informational is followed by another.
    if (typeof status === "number" && status >= 200) note(socket(), new Refusal(status, headers));
  };
  hear("onUpgrade", connected);
  hear("onRequestUpgrade", connected);
  hear("onHeaders", ([status, raw]) => answered(status, paired(raw as Uint8Array[])));
  hear("onResponseStart", ([, status, headers]) => answered(status, headers as SaidHeaders));
  hear("onError", ([error]) => note(socket(), error));
  hear("onResponseError", ([, error]) => note(socket(), error));
  return listening;
}

/** Headers, of which names and values come in turn. */
function paired(raw: readonly Uint8Array[]): SaidHeaders {
  const headers: Record<string, string> = {};
  for (let place = 0; place + 1 < raw.length; place += 2) {
    headers[String(raw[place]).toLowerCase()] ??= String(raw[place + 1]);
  }
  return headers;
}
