/** What the clients of all services have: a connection, and what is told of it. */
import type { ClientEventDetails, ClientStats, ConnectionState, Trace } from "guestwire";

/** A client of any service. */
export interface AnyClient {
  readonly state: ConnectionState;
  stats(): ClientStats;
  trace(): Trace;
  connect(): Promise<void>;
  close(): Promise<void>;
  addEventListener<K extends keyof ClientEventDetails>(
    type: K,
    listener: (event: CustomEvent<ClientEventDetails[K]>) => void,
    options: { signal: AbortSignal },
  ): void;
}
