/** The client of web messaging. */
import { BaseClient } from "../client.js";
import { CallerError } from "../errors.js";
import type { SentMessage } from "../outgoing.js";
import type { OutgoingContent } from "./content.js";
import type { GuestEventDetails } from "./events.js";
import { init, module } from "./module.js";
import type { ClientOptions } from "./options.js";
import { partOptions } from "./options.js";
import type { RawClient } from "./raw.js";

/**
 * A guest in one conversation of Genesys Cloud Web Messaging.
 *
 * @example
 * ```js
 * const client = await GuestClient.create({ deploymentId, region: "eu-central-1", storage: localStorage });
 * client.addEventListener("message", (event) => show(event.detail.content));
 * await client.connect();
 * const { state } = await client.send("Hello").done;
 * ```
 */
export class GuestClient extends BaseClient<GuestEventDetails, RawClient> {
  /** Loads the module if that has not happened yet ({@link init}), and makes a client. */
  static async create(options: ClientOptions): Promise<GuestClient> {
    await init();
    return new GuestClient(options);
  }

  /**
   * Makes a client; it does nothing until `connect` or `send`.
   *
   * @throws {@link CallerError} `not_initialised` before {@link init}; `bad_option`, with `option`.
   */
  constructor(options: ClientOptions) {
    super(
      module.rawClient(),
      partOptions(options, (problem, cause) => this.#storageFailed(problem, cause)),
    );
  }

  /**
   * Accepts a message, as {@link BaseClient.send} does: a text, or a text with something beside it, or what the guest chose.
   *
   * What is too much is refused here, before anything leaves: by the limits that the session has announced, and before there is one by
   * the usual ones. A message that was accepted before, and turns out to have more attributes than the session takes, ends `rejected`
   * with the reason `over_limit`.
   *
   * @example
   * ```js
   * client.send({ text: "Where is my order?", attributes: { order: "4711" } });
   * client.send({ quickReply: { text: "Yes", payload: "yes" } });
   * ```
   * @throws {@link CallerError} at once, and then nothing was accepted: `too_large` over `maxContent` bytes of UTF-8 in a text, a reply's
   * text or its payload; `attributes_too_large`; `bad_content` for a member that is unknown, of the wrong type or out of place;
   * `buffer_full`, `empty`, `malformed` and `closed`.
   */
  override send(content: string | OutgoingContent): SentMessage {
    const more = typeof content === "object" && content !== null;
    return more ? this.accepted((raw) => raw.sendDraft(content)) : super.send(content);
  }

  /**
   * Tells the agent that the guest types, if that can be told now: on a connection that is ready, at most once in 5000 ms. Call it for each
   * key; it never waits for anything. The agent's side forgets it after some seconds by itself.
   *
   * @returns whether it left.
   * @throws {@link CallerError} `closed`, when disposed.
   */
  typing(): boolean {
    return this.raw().typing();
  }

  #storageFailed(message: string, cause: unknown): void {
    const remedy = "look at the storage that was passed; the token is kept in memory for now";
    const error = new CallerError({ code: "storage_failed", message, remedy, retryable: true }, cause);
    this.raise("error", error);
  }
}
