/** The client of webchat. */
import type { CreateOptions } from "../client.js";
import { made } from "../client.js";
import { BaseGuestClient } from "../guest/client.js";
import { init, module } from "./module.js";
import type { ClientOptions } from "./options.js";
import { partOptions } from "./options.js";

/**
 * A guest in one conversation. What it does stands with {@link BaseGuestClient}.
 *
 * @example
 * ```js
 * const client = await GuestClient.create({ host: "acme.mypurecloud.com", token: () => fetchToken() });
 * client.addEventListener("message", (event) => show(event.detail.content));
 * await client.connect();
 * const { state, via } = await client.send("Hello").done;
 * ```
 */
export class GuestClient extends BaseGuestClient {
  /** Loads the module if that has not happened yet ({@link init}), and makes a client. */
  static create(options: ClientOptions, wait: CreateOptions = {}): Promise<GuestClient> {
    return made(init, () => new GuestClient(options), wait);
  }

  /**
   * Makes a client; it does nothing until `connect` or `send`.
   *
   * @throws {@link CallerError} `not_initialised` before {@link init}; `bad_option`, with `option`, for a malformed `token` or `apiKey` too.
   */
  constructor(options: ClientOptions) {
    super(module.parts.RawClient, partOptions(options));
  }
}
