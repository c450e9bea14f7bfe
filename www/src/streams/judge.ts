/** Whether what happened was heard: once, in order, or within a gap that was told. */
import type { Gap } from "guestwire/streams";

/** How many events are remembered; what became of older ones is counted. */
const MAX_REMEMBERED = 5000;

/** How many gaps are remembered. */
const MAX_GAPS = 500;

/**
 * By how much a gap is taken to begin earlier, ms: it begins when something was last heard, and that was said a moment before.
 * Whoever reads up what he missed does the same.
 */
const EARLIER = 1000;

interface Happening {
  readonly topic: string;
  /** Its place in the order of happening. */
  readonly place: number;
  /** When it happened at the service, once that is known. */
  at: number | undefined;
  /** How often it was heard. */
  heard: number;
}

/** What became of what happened: how many of each kind. */
export interface Findings {
  /** Heard once. */
  heard: number;
  /** Not heard, and a gap says so. */
  inGaps: number;
  /** Neither yet, and later ones were not heard either. */
  underWay: number;
  twice: number;
  /** Neither heard nor in a gap, though later ones were heard. */
  lost: number;
  /** Heard after what happened later. */
  disordered: number;
}

const nothing = (): Findings => ({ heard: 0, inGaps: 0, underWay: 0, twice: 0, lost: 0, disordered: 0 });

/** Judges a client by what the page let happen, one event after another, each with a correlation id of its own. */
export class Judge {
  /** In order of happening. */
  readonly #happenings = new Map<string, Happening>();
  readonly #gaps: Gap[] = [];
  /** Of what is not remembered any more. */
  readonly #settled = nothing();
  #next = 0;
  /** The place of the latest that was heard. */
  #latest = -1;

  /** Something is about to happen. */
  expect(id: string, topic: string): void {
    this.#happenings.set(id, { topic, place: this.#next, at: undefined, heard: 0 });
    this.#next += 1;
    for (const [oldest, happening] of this.#happenings) {
      if (this.#happenings.size <= MAX_REMEMBERED) break;
      this.#settled[this.#find(happening)] += 1;
      this.#happenings.delete(oldest);
    }
  }

  /** It happened at this time; undefined: nobody knows whether it did. */
  happened(id: string, at: number | undefined): void {
    const happening = this.#happenings.get(id);
    if (!happening) return;
    happening.at = at;
    if (at === undefined && happening.heard === 0) this.#happenings.delete(id);
  }

  /** An event was heard. */
  heard(id: string | null): void {
    const happening = id === null ? undefined : this.#happenings.get(id);
    if (!happening) return;
    happening.heard += 1;
    if (happening.heard === 1 && happening.place < this.#latest) this.#settled.disordered += 1;
    this.#latest = Math.max(this.#latest, happening.place);
  }

  /** A gap was told. */
  gap(gap: Gap): void {
    this.#gaps.push(gap);
    if (this.#gaps.length > MAX_GAPS) this.#gaps.shift();
  }

  /** Nobody listens to this topic any more: what was not heard of it is no loss. */
  unsubscribed(topic: string): void {
    for (const [id, happening] of this.#happenings) {
      if (happening.topic === topic && happening.heard === 0) this.#happenings.delete(id);
    }
  }

  /** What is to be said at this moment. */
  findings(): Findings {
    const findings = { ...this.#settled };
    for (const happening of this.#happenings.values()) findings[this.#find(happening)] += 1;
    return findings;
  }

  #find({ at, heard, place }: Happening): keyof Findings {
    if (heard > 0) return heard > 1 ? "twice" : "heard";
    const told = (gap: Gap): boolean => at !== undefined && gap.from - EARLIER <= at && at <= gap.to;
    if (this.#gaps.some(told)) return "inGaps";
    return place < this.#latest ? "lost" : "underWay";
  }
}
