/** The topics of a stream: what is wanted, and what the service says to it. */

import { brand } from "../brands.js";

/** One topic, and how it stands. */
export interface Topic {
  readonly topic: string;
  /** `pending`: the service has not confirmed it yet, or has lost it with its channel and is told anew. */
  readonly state: "pending" | "subscribed" | "refused";
  /** The service's word for why it refuses. */
  readonly reason?: string;
  /** The permissions that were missing. */
  readonly missingPermissions?: readonly string[];
}

/** What became of a topic that was subscribed to. */
export interface TopicResult extends Omit<Topic, "state"> {
  /** `unsubscribed`: meanwhile it is not wanted any more. */
  readonly state: "subscribed" | "refused" | "unsubscribed";
}

const ITERATOR: typeof Symbol.iterator = Symbol.iterator;

/** The longest list that the module reads (`TOPICS_WANTED` of the core). */
const MOST = 10_000;

/**
 * A list of its own for the module: a single topic is one too, and so is what is none, which the module refuses by its place: an
 * object around a text too, which would be read letter by letter.
 */
export function listed(topics: Iterable<string> | string): string[] {
  const list: string[] = [];
  if (Array.isArray(topics)) {
    // Not by its iterator, which pages can replace.
    for (let place = 0; place < topics.length && place <= MOST; place += 1) list[place] = topics[place];
    return list;
  }
  const one = typeof topics !== "object" || !topics || brand(topics) === "[object String]";
  const iterator = one ? undefined : topics[ITERATOR]?.();
  if (!iterator) return [topics as string];
  for (let next = iterator.next(); !next.done; next = iterator.next()) {
    list[list.length] = next.value;
    // What is longer is refused whole, and may have no end.
    if (list.length > MOST) {
      iterator.return?.();
      break;
    }
  }
  return list;
}
