// What a client leaves behind in its page: listeners, timers, sockets, and the module's memory. These run in the page before
// anything else does, and put counters around the platform's own functions.

/** Runs in the page, before the package is loaded. */
export function watchLeftovers() {
  /** Per target, what listens: `type` and listener. Targets are held, so that none that is left behind goes unseen. */
  const listening = new Map();
  const timers = new Set();
  const sockets = new Set();
  const memories = new Set();
  let listened = 0;

  const { addEventListener, removeEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, listener, ...rest) {
    const target = this ?? globalThis;
    if (listener) {
      listened += 1;
      const here = listening.get(target) ?? [];
      if (!here.some((one) => one.type === type && one.listener === listener)) here.push({ type, listener });
      listening.set(target, here);
    }
    return addEventListener.call(target, type, listener, ...rest);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, ...rest) {
    const target = this ?? globalThis;
    const left = listening.get(target)?.filter((one) => one.type !== type || one.listener !== listener) ?? [];
    if (left.length > 0) listening.set(target, left);
    else listening.delete(target);
    return removeEventListener.call(target, type, listener, ...rest);
  };

  for (const [set, clear, once] of [
    ["setTimeout", "clearTimeout", true],
    ["setInterval", "clearInterval", false],
  ]) {
    const start = globalThis[set];
    const stop = globalThis[clear];
    globalThis[set] = (run, ...rest) => {
      const id = start(
        (...given) => {
          if (once) timers.delete(id);
          return run(...given);
        },
        ...rest,
      );
      timers.add(id);
      return id;
    };
    globalThis[clear] = (id) => {
      timers.delete(id);
      return stop(id);
    };
  }

  const Platform = globalThis.WebSocket;
  globalThis.WebSocket = class extends Platform {
    static name = "WebSocket";

    constructor(...given) {
      super(...given);
      sockets.add(this);
    }
  };

  // Export names are shortened, so the memory is known by what it is.
  const keepMemory = (instance) => {
    for (const exported of Object.values(instance.exports)) {
      if (exported instanceof WebAssembly.Memory) memories.add(exported);
    }
  };
  for (const way of ["instantiate", "instantiateStreaming"]) {
    const instantiate = WebAssembly[way];
    WebAssembly[way] = async (...given) => {
      const result = await instantiate.apply(WebAssembly, given);
      keepMemory(result.instance ?? result);
      return result;
    };
  }
  const Instance = WebAssembly.Instance;
  WebAssembly.Instance = new Proxy(Instance, {
    construct(target, given) {
      const instance = new target(...given);
      keepMemory(instance);
      return instance;
    },
  });

  globalThis.leftovers = {
    /** What listens on the platform's own objects; a client's own listeners are the page's affair. */
    listeners: () =>
      [...listening]
        .filter(([target]) => !(target instanceof globalThis.guest.GuestClient))
        .flatMap(([target, here]) => here.map(({ type }) => `${target.constructor.name} ${type}`)),
    /** How often anything began to listen, so that a test knows that it saw it. */
    listened: () => listened,
    timers: () => timers.size,
    /** Sockets that were made, and those among them that are not closed. */
    sockets: () => sockets.size,
    openSockets: () => [...sockets].filter(({ readyState }) => readyState !== Platform.CLOSED).length,
    /** Bytes of all modules together. */
    memory: () => [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    memories: () => memories.size,
  };
}
