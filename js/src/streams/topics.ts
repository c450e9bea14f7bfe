/** The topics of a stream: what is wanted, and what the service says to it. */

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

/** The longest list that the module reads (`TOPICS_WANTED` of the core). */
const MOST = 10_000;

/**
 * A list of its own for the module: a single topic is one too, and so is what is none, which the module refuses by its place: an
 * object around a text too, which would be read letter by letter.
 */
export function listed(topics: Iterable<string> | string): string[] {
  const one = typeof topics === "string" || topics instanceof String || !(Symbol.iterator in Object(topics));
  if (one) return [topics as string];
  const list: string[] = [];
  for (const topic of topics) {
    // What is longer is refused whole, and may have no end.
    if (list.push(topic) > MOST) break;
  }
  return list;
}
