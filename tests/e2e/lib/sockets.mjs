// What became of a page's sockets, as the platform tells it: runs in the page before anything else does.

/** Runs in the page, before the package is loaded. The platform's own constructor stays below. */
export function watchSockets() {
  globalThis.sockets = [];
  const Platform = globalThis.WebSocket;
  globalThis.WebSocket = class extends Platform {
    static name = "WebSocket";
    constructor(...given) {
      super(...given);
      const seen = { at: performance.now(), opened: false, closed: undefined };
      globalThis.sockets.push(seen);
      this.addEventListener("open", () => {
        seen.opened = true;
      });
      // The code is the one that the other side's close frame had: it answers with the code that it was sent.
      this.addEventListener("close", ({ code, wasClean }) => {
        seen.closed = { code, wasClean };
      });
    }
  };
}
