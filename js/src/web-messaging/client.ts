/** The client of web messaging. */
import { BaseClient } from "../client.js";
import { CallerError } from "../errors.js";
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

  #storageFailed(message: string, cause: unknown): void {
    const remedy = "look at the storage that was passed; the token is kept in memory for now";
    const error = new CallerError({ code: "storage_failed", message, remedy, retryable: true }, cause);
    this.raise("error", error);
  }
}
