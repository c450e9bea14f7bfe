import { HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

const QUICK = { nextRetryDelayInMilliseconds: () => 50 };
/** For ten thousand messages of the benchmark; the default is 100,000 bytes, as much as five hundred need. */
const BUFFER = 8 << 20;
/** The documentation's own wait before `start()` is called again where it failed. */
const START_AGAIN = 5_000;

function client(address, quick, build) {
  const connection = build(
    new HubConnectionBuilder()
      .withUrl(`${address}/hub`)
      .configureLogging(LogLevel.None)
      .withAutomaticReconnect(...(quick ? [QUICK] : [])),
  ).build();
  let closed = false;
  const start = async () => {
    while (!closed) {
      try {
        return await connection.start();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, START_AGAIN));
      }
    }
  };
  const invoke = (text) => connection.invoke("Message", text);
  return {
    connected: start(),
    send: invoke,
    acked: invoke,
    close: () => {
      closed = true;
      return connection.stop();
    },
  };
}

export const signalr = {
  name: "signalr",
  package: "@microsoft/signalr",
  server: "signalr",
  weighed: 'export { HubConnectionBuilder } from "@microsoft/signalr";',
  used: "`invoke()`, `withAutomaticReconnect()`; it refuses what is sent while it reconnects. Quick: a retry policy of 50 ms",
  open: (address, { quick }) => client(address, quick, (builder) => builder),
};

export const signalrStateful = {
  ...signalr,
  name: "signalr, stateful",
  used: "the same with `withStatefulReconnect()`: it resends over one reconnect that must succeed at once; for memory `bufferSize` of 8 MiB",
  open: (address, { quick, patience }) =>
    client(address, quick, (builder) =>
      builder.withStatefulReconnect(patience ? { bufferSize: BUFFER } : undefined),
    ),
};
