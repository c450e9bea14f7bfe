/**
 * Sockets in Node. One that was closed ends by itself soon after, whether or not the other side answers: the package ws waits 30 s
 * for the answer, Node's own socket as long as TCP does, and the process with them. And Node's own takes headers as ws does.
 */
import type { Platform } from "./loader.js";
import type { WebSocketConstructor } from "./options.js";
import type { Host, RawClient, RawClientConstructor } from "./raw.js";

/** How long the other side may take to answer a close, in ms. */
const CLOSE_ANSWER = 2000;

type Arguments = [url: string, protocols?: string[], options?: { headers?: Record<string, string> }];

type Construct = (target: WebSocketConstructor, values: Arguments, made: WebSocketConstructor) => Ending;

/** What a socket of ws has, and what is put on Node's own. */
type Ending = WebSocket & { terminate?(): void };

/** @internal */
export const onNode: Platform = {
  around<Raw extends RawClient>(Raw: RawClientConstructor<Raw>): RawClientConstructor<Raw> {
    return new Proxy(Raw, {
      construct(target, [plain, host]: [object, Host], made) {
        const WebSocket = ending(host.WebSocket);
        return Reflect.construct(target, [plain, { ...host, ...(WebSocket && { WebSocket }) }], made);
      },
    });
  },
  // Whoever passes a constructor here passes that of ws, or what is made of it, and so does who makes one global.
  takesHeaders: (given) => given !== undefined || isOwn(globalThis.WebSocket) || isOfWs(globalThis.WebSocket),
};

/** The constructor, given or found, of sockets that end; undefined where there is none. */
function ending(given: WebSocketConstructor | undefined): WebSocketConstructor | undefined {
  const found = given ?? globalThis.WebSocket;
  // What is no constructor is for the module to refuse.
  if (typeof found !== "function") return given;
  const construct: Construct = isOwn(found) ? constructOwn : Reflect.construct;
  return new Proxy(found, {
    construct(target, values: Arguments) {
      // Not what stands around it: of a bound function only itself is made by itself.
      const socket = construct(target, values, target);
      const close = socket.close;
      const value = (...said: Parameters<WebSocket["close"]>): void => {
        // The timer keeps no process alive; a socket that is still there when it is over does.
        setTimeout(() => socket.terminate?.(), CLOSE_ANSWER).unref();
        close.apply(socket, said);
      };
      // What takes no such member is left as it is.
      Reflect.defineProperty(socket, "close", { value });
      return socket;
    },
  });
}

/**
 * Whether a constructor is Node's own, which takes an object in the place of protocols. It is asked with an address that none can
 * open: only Node's own looks for a `dispatcher` before it refuses that. (Those of ws look too; they are known by `terminate`.)
 */
function isOfWs(found: WebSocketConstructor | undefined): boolean {
  return found?.prototype !== undefined && "terminate" in found.prototype;
}

function isOwn(found: WebSocketConstructor | undefined): boolean {
  const { WebSocket } = globalThis;
  // What has no prototype is no constructor, and for the module to refuse.
  if (!found?.prototype || !WebSocket?.prototype || isOfWs(found)) return false;
  // The platform's, or what is made of it: no other is asked.
  if (found.prototype !== WebSocket.prototype && !(found.prototype instanceof WebSocket)) return false;
  let asked = false;
  const options = {
    get dispatcher() {
      asked = true;
      return undefined;
    },
  };
  try {
    Reflect.construct(found, ["no-such-protocol:", options]);
  } catch {
    // As it should be.
  }
  return asked;
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

/** How the connection of a handshake is told, in the same versions: as the last argument. */
const UPGRADES = ["onRequestUpgrade", "onUpgrade"];

/** A socket of Node's own, with headers, and with `terminate` once it is connected, where undici lets itself be listened to. */
function constructOwn(target: WebSocketConstructor, values: Arguments, made: WebSocketConstructor): Ending {
  const [url, protocols = [], { headers } = {}] = values;
  const { [OLDER]: older, [NEWER]: newer } = globalThis as { [OLDER]?: Dispatcher; [NEWER]?: Dispatcher };
  const either = newer ?? older;
  const dispatcher: Dispatcher | undefined = either && {
    dispatch(request, handler) {
      // Each understands handlers of its own age; this member has gone with the old ones.
      const outer = "onConnect" in handler ? older : newer;
      return (outer ?? either).dispatch(request, listened(handler, connected));
    },
  };
  const options = { protocols, ...(headers && { headers }), ...(dispatcher && { dispatcher }) };
  const socket: Ending = Reflect.construct(target, [url, options], made);
  // Of a handshake that was refused Node 22 tells an error, and no close ever. Where one follows, it comes first.
  socket.addEventListener("error", () =>
    setTimeout(() => socket.dispatchEvent(Object.assign(new Event("close"), { code: 1006 }))),
  );
  function connected(connection: { destroy(): void }): void {
    Reflect.defineProperty(socket, "terminate", { value: () => connection.destroy() });
  }
  return socket;
}

/** The same handler of a request, which also tells of the connection. */
function listened(
  handler: Record<string, unknown>,
  connected: (connection: { destroy(): void }) => void,
): Record<string, unknown> {
  const listening: Record<string, unknown> = Object.create(handler);
  for (const name of UPGRADES) {
    const upgrade = handler[name];
    if (typeof upgrade !== "function") continue;
    listening[name] = function (...said: unknown[]): unknown {
      connected(said.at(-1) as { destroy(): void });
      return upgrade.apply(this, said);
    };
  }
  return listening;
}
