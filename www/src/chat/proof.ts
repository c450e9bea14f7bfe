/** What the client says it did, beside what the service's ledger says came. */
import type { Stats } from "guestwire";
import { type LedgerEntry, ledger } from "../shared/control.js";
import { ProofCard } from "../shared/proof-card.js";
import { bytes } from "../shared/words.js";
import type { Guest } from "./service.js";

/** How many ids are kept to be compared with the ledger; a page that sends more compares counts of what it still knows. */
const MAX_COMPARED = 5000;

/** The proof's view. */
export class Proof {
  readonly #card = new ProofCard();
  /** Ids in the order in which they were accepted, with whether they were reported delivered. */
  readonly #sent = new Map<string, boolean>();
  /** Whose ledger is asked for; undefined is all of it, where sessions have no name that a guest hears. */
  readonly #conversations = new Set<string | undefined>();
  #byRest = 0;
  #asking = false;
  #stale = false;

  /** Watches another guest's client. */
  attach({ client, messaging }: Guest, signal: AbortSignal): void {
    this.#sent.clear();
    this.#conversations.clear();
    this.#byRest = 0;
    this.#stale = true;
    client.addEventListener(
      "delivery",
      ({ detail }) => {
        if (this.#sent.size < MAX_COMPARED || this.#sent.has(detail.id)) {
          this.#sent.set(detail.id, detail.state === "delivered");
        }
        if (detail.state === "delivered" && detail.via === "rest") this.#byRest += 1;
        this.#stale = true;
      },
      { signal },
    );
    client.addEventListener(
      "session",
      ({ detail }) => void this.#conversations.add(messaging ? undefined : detail.id),
      { signal },
    );
  }

  /** Shows the client's figures. */
  tick(stats: Stats): void {
    const { queued, inFlight } = stats.messages;
    const failed = stats.rejected + stats.expired + stats.cancelled;
    const ended = stats.delivered + failed + stats.unconfirmed;
    this.#card.figure("accepted", queued + inFlight + ended);
    this.#card.figure("delivered", stats.delivered);
    this.#card.figure("waiting", queued + inFlight);
    this.#card.figure("rest", this.#byRest);
    this.#card.figure("failed", failed);
    this.#card.figure("unconfirmed", stats.unconfirmed);
    this.#card.figure("out", bytes(stats.bytesOut));
    this.#card.figure("in", bytes(stats.bytesIn));
    this.#card.figure("reconnects", stats.reconnects);
    this.#card.figure("duplicates", stats.duplicates);
  }

  /** Compares with the ledger, when something has changed. */
  async compare(): Promise<void> {
    if (this.#asking || !this.#stale) return;
    this.#asking = true;
    this.#stale = false;
    // What is delivered while the ledger is on its way may stand in the next one only.
    const delivered = [...this.#sent].filter(([, done]) => done).map(([id]) => id);
    try {
      const taken = (await Promise.all([...this.#conversations].map(ledger))).flat();
      this.#judge(
        delivered.filter((id) => this.#sent.has(id)),
        taken.filter((entry) => this.#sent.has(nameOf(entry))),
      );
    } catch {
      // The gateway may be restarting: that is one of the buttons. The next tick asks again.
      this.#stale = true;
    } finally {
      this.#asking = false;
    }
  }

  #judge(delivered: readonly string[], taken: readonly LedgerEntry[]): void {
    const at = new Map(taken.map((entry, index) => [nameOf(entry), index]));
    this.#card.figure("ledger", taken.length);
    this.#card.figure(
      "copies",
      taken.reduce((sum, { copies }) => sum + copies - 1, 0),
    );
    const missing = delivered.filter((id) => !at.has(id)).length;
    const places = delivered.map((id) => at.get(id) ?? -1).filter((place) => place >= 0);
    const disordered = places.some((place, index) => index > 0 && place < (places[index - 1] ?? 0));
    const twice = taken.length - at.size;
    const faults = [
      missing > 0 && `${missing} lost`,
      twice > 0 && `${twice} twice`,
      disordered && "out of order",
    ].filter((fault) => fault !== false);
    if (delivered.length === 0) this.#card.say("none", "Nothing was delivered yet.");
    else if (faults.length > 0) this.#card.say("bad", `The ledger disagrees: ${faults.join(", ")}.`);
    else this.#card.say("good", `All ${delivered.length} delivered are in the ledger, once, in order.`);
  }
}

/** The name that we gave a message. */
function nameOf({ messageId, tracingId }: LedgerEntry): string {
  return tracingId ?? messageId;
}
