/** What the modules of guests' services export beside what every module does (`../raw.ts`). */
import type { RawClient } from "../raw.js";
import type { PendingMessage, SessionInfo, Stats } from "./options.js";

/** The exported class. A method throws a `Refusal` with a `RawError`. */
export interface RawGuestClient extends RawClient {
  send(content: string): string;
  cancel(id: string): boolean;
  pending(): PendingMessage[];
  stats(): Stats;
  session(): SessionInfo | undefined;
}
