/** The client of web messaging. */
import type { CreateOptions } from "../client.js";
import { made, typed } from "../client.js";
import type { GuestwireError } from "../errors.js";
import { CallerError, closedError, errorFrom } from "../errors.js";
import type { StateChange } from "../events.js";
import { BaseGuestClient, named } from "../guest/client.js";
import type { SentMessage } from "../guest/outgoing.js";
import { readOptions, signalIn } from "../options.js";
import { Asking, isFinalNo } from "../providers.js";
import { Questions } from "../questions.js";
import type { Attachment, AttachmentChange, FileParts, RawAddress } from "./attachments.js";
import { Attachments, partsOf } from "./attachments.js";
import type { Authorization, Grant, GrantProvider, GrantReason, RawAuthorization } from "./authorization.js";
import type { OfferAnswer, OutgoingContent } from "./content.js";
import type { ConversationState } from "./conversation.js";
import { reject, Wishes } from "./conversation.js";
import type { DeploymentConfig, DeploymentDomains } from "./deployment.js";
import type { GuestEventDetails, IncomingMessage } from "./events.js";
import type { HistoryPage, InquiryOptions, RawAnswer } from "./inquiries.js";
import { untilAborted } from "./inquiries.js";
import { init, module } from "./module.js";
import type { ClientOptions } from "./options.js";
import { partOptions } from "./options.js";
import { Answers } from "./parts.js";
import type { RawClient } from "./raw.js";

/**
 * A guest in one conversation of Genesys Cloud Web Messaging.
 *
 * @example
 * ```js
 * const client = await GuestClient.create({ deploymentId, region: "eu-central-1", storage: () => localStorage });
 * client.addEventListener("message", (event) => show(event.detail.content));
 * await client.connect();
 * const { state } = await client.send("Hello").done;
 * ```
 */
export class GuestClient extends BaseGuestClient<GuestEventDetails, RawClient> {
  readonly #attachments = new Attachments();
  readonly #wishes = new Wishes();
  readonly #answers = new Answers();
  #lastConversation: ConversationState | undefined;
  readonly #inquiries = new Questions<unknown>();
  readonly #auth: GrantProvider | undefined;
  readonly #asking = new Asking();
  #wanted: GrantReason = "first";

  /** Loads the module if that has not happened yet ({@link init}), and makes a client. */
  static create(options: ClientOptions, wait: CreateOptions = {}): Promise<GuestClient> {
    return made(init, () => new GuestClient(options), wait);
  }

  /**
   * Makes a client; it does nothing until `connect` or `send`.
   *
   * @throws {@link CallerError} `not_initialised` before {@link init}; `bad_option`, with `option`; `bad_grant`.
   */
  constructor(options: ClientOptions) {
    const Raw = module.parts.RawClient;
    const given = readOptions(options, (all) => ({ ...all }), "pass an object with deploymentId and region");
    super(
      Raw,
      partOptions(given, (error) => this.raise("error", error)),
    );
    const { auth } = given;
    if (typeof auth === "function") this.#auth = auth;
    else if (auth !== undefined) {
      try {
        typed(() => this.raw().signIn(auth));
      } catch (error) {
        // Nobody has the client, to dispose of it.
        this.dispose();
        throw error;
      }
    }
  }

  /**
   * Accepts a message, as {@link BaseGuestClient.send} does: a text, or a text with something beside it, or what the guest chose.
   *
   * What is too much is refused here, before anything leaves: by the limits that the session has announced, and before there is one by
   * the usual ones. A message that was accepted before, and turns out to have more attributes than the session takes, ends `rejected`
   * with the reason `over_limit`.
   *
   * @example
   * ```js
   * client.send({ text: "Where is my order?", attributes: { order: "4711" } });
   * client.send({ quickReply: { text: "Yes", payload: "yes" } });
   * client.send({ listPicker: { choices, originatingMessageId: message.id, text: picker.replyMessage?.subtitle } });
   * client.send({ form: { fields, cannedResponseId: form.cannedResponseId, originatingMessageId: message.id } });
   * ```
   * @throws {@link CallerError} at once, and then nothing was accepted: `too_large` over `maxContent` bytes of UTF-8 in a text, a reply's
   * text or its payload; `attributes_too_large`; `bad_content` for a member that is unknown, of the wrong type or out of place;
   * `buffer_full`, `empty`, `malformed` and `closed`.
   */
  override send(content: string | OutgoingContent): SentMessage {
    if (typeof content !== "object" || content === null) return super.send(content);
    const sent = this.accepted((raw) => raw.sendDraft(content));
    this.#answers.sent(content, sent);
    return sent;
  }

  /**
   * Whether the guest has answered a message of the agent's (a picker, a form, quick replies), as far as this client knows: by what was sent
   * with it and not refused, by what came from the guest's other tabs, and by what `history()` gave.
   *
   * @param message or its id.
   */
  isAnswered(message: IncomingMessage | string): boolean {
    if (typeof message === "string") return this.#answers.has(message);
    return this.#answers.has(message.id) || this.#answers.has(message.body.id);
  }

  /**
   * Attributes for the service's flows that belong to no message: they go with the next message or with {@link GuestClient.join}, once in
   * each conversation, and again where the service did not take that one. What a message has itself by the same name counts. They stand in
   * the place of those that were set before; `{}` takes them back, and nothing leaves by itself. Where a session takes less than they are,
   * they are dropped, which an `error` `attributes_too_large` tells; no message is.
   *
   * @throws {@link CallerError} `attributes_too_large`, by what the session has announced and before there is one by 2048 bytes;
   * `bad_content` for what is no object of texts; `closed`, when disposed. Then what was set before stays.
   */
  setAttributes(attributes: Readonly<Record<string, string>>): void {
    const raw = this.raw();
    typed(() => raw.setAttributes(attributes));
  }

  /**
   * Tells the service that the guest is there, so that a bot can greet them: once in a conversation, and not where it has heard it by
   * `autoStart`. For a page whose client is connected before its chat is opened. The wish stands while the client is connected or tries to be.
   *
   * @param options `attributes` are set first, as by {@link GuestClient.setAttributes}.
   * @returns a promise that resolves when the service has heard it, and rejects with a {@link GuestwireError}: `auto_start_refused`,
   * `join_unconfirmed` where nobody can tell whether it was heard, `read_only`, `closed`, what `setAttributes` throws, or the error with
   * which the client ends.
   */
  join(options: { attributes?: Readonly<Record<string, string>> } = {}): Promise<void> {
    return this.#wish("joined", (raw) => {
      if (options.attributes !== undefined) raw.setAttributes(options.attributes);
      return raw.join();
    });
  }

  /**
   * Answers an offer of co-browsing or of a video call, which came as a `notice`. It never waits: the service forgets an offer by itself.
   * That it refuses the answer is told by an `error` `offer_refused`.
   *
   * @example
   * ```js
   * client.addEventListener("notice", ({ detail: { kind, body } }) => {
   *   if (kind === "CoBrowse") client.answerOffer({ kind, accepted: false, id: body.events[0].coBrowse.sessionId });
   * });
   * ```
   * @returns whether it left: not while the connection is not ready, or has no room for it.
   * @throws {@link CallerError} `bad_content`; `closed`, when disposed.
   */
  answerOffer(answer: OfferAnswer): boolean {
    const raw = this.raw();
    return typed(() => raw.answerOffer(answer));
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

  /**
   * Takes a file on and uploads it, as soon as the client is connected; `connect` can come later. It goes with a message by its id, once it
   * is `uploaded`. What fails on the way is tried again, and what a lost session had is brought to the next one, so the bytes are kept until
   * the file is at its end. Events: `attachment` and `uploadprogress`.
   *
   * @example
   * ```js
   * const file = client.attach(input.files[0]);
   * const { state, reason } = await file.uploaded;
   * if (state === "uploaded") client.send({ text: "Here it is", attachment: file.id });
   * else show(`not uploaded: ${reason}`);
   * ```
   * @throws {@link CallerError} at once, and then nothing was taken on: `file_empty`, `file_name`, `file_type` and `file_too_large`, by what
   * the session has announced and before there is one by what services usually take; `too_many_files`, with 16 that are neither sent nor
   * detached; `bad_content` for what is no file, and `closed`.
   */
  attach(file: File | FileParts): Attachment {
    const { name, type, bytes } = partsOf(file);
    const raw = this.raw();
    return this.#attachments.handle(typed(() => raw.attach(name, type, bytes)));
  }

  /**
   * Takes a file back, until a message takes it along. It is `detached` when the service has removed it.
   *
   * @throws {@link CallerError} `attachment_sending` while a message has it, `unknown_attachment` after its end, and `closed`, when disposed.
   */
  detach(id: string): void {
    const raw = this.raw();
    typed(() => raw.detach(named(id)));
  }

  /**
   * Where a file of this conversation can be fetched, for about ten minutes: ours, or one that came with a message. Whoever knows the address
   * can fetch it: keep it out of logs.
   *
   * @returns a promise that rejects with a {@link GuestwireError}: `unknown_attachment`, `attachment_not_uploaded`, `attachment_expired`,
   * `refused`, `timeout` after a minute without an answer, `too_many_files` when 16 addresses are wanted already, or `closed`.
   */
  async attachmentUrl(id: string): Promise<string> {
    const raw = this.raw();
    return this.#attachments.wanted(() => typed(() => raw.attachmentUrl(named(id))));
  }

  /** How the conversation is. After `dispose`: how it was. */
  get conversation(): ConversationState {
    this.#lastConversation = this.live?.conversation() ?? this.#lastConversation;
    return this.#lastConversation ?? this.raw().conversation();
  }

  /**
   * Begins another conversation in the place of one that has ended (`conversation.readOnly`). What was said in the old one is known first. The
   * wish stands while the client is connected or tries to be, whatever becomes of the connection, and never makes two.
   *
   * @returns a promise that resolves when the new one is there, and rejects with a {@link GuestwireError}: `not_read_only`,
   * `start_new_refused`, `closed`, or the error with which the client ends.
   */
  startNew(): Promise<void> {
    return this.#wish("renewed", (raw) => raw.startNew());
  }

  /**
   * Clears the conversation away, for all of the guest's tabs and devices. What is in flight is settled first; what waits ends `cancelled`,
   * and the client ends with the error `cleared`. `connect()` begins another conversation.
   *
   * @returns a promise that resolves when the client has ended, and rejects with a {@link GuestwireError}: `clear_refused`, where the
   * deployment does not allow it, `closed`, or the error with which the client ends.
   */
  clear(): Promise<void> {
    return this.#wish("cleared", (raw) => raw.clear());
  }

  /**
   * Signs the guest in. Before `connect`, the first session is theirs, with another token than one that was kept from earlier; in a
   * conversation, it becomes theirs, where the deployment allows it, and goes on as it was where it does not. From then on they are never
   * greeted as a stranger. While the client waits for it (`authorization`, `required`), all that waits goes on as the same guest: for another
   * account sign out first.
   *
   * @returns a promise that resolves when the service has let them in, after `connect` where that is still to come, and rejects with a
   * {@link GuestwireError}: `bad_grant`, `already_signed_in`, `sign_in_refused`, `authorization_required`, `closed`, or the error with which
   * the client ends.
   */
  signIn(grant: Grant): Promise<void> {
    return this.#wish("signedIn", (raw) => raw.signIn(grant));
  }

  /**
   * Signs the guest out, on all of their devices. What waits ends `cancelled`, and the client ends with the error `logged_out`; nothing of
   * the guest is kept, and the next conversation has another token. Without the service's confirmation (`restTimeout`) it happens here all
   * the same, with the error `sign_out_unconfirmed`.
   *
   * @returns a promise that resolves when that is done, and rejects with `not_signed_in`, or with `closed`, when disposed.
   */
  signOut(): Promise<void> {
    return this.#wish("signedOut", (raw) => raw.signOut());
  }

  /** What becomes of it is told by events too: whoever does not wait for it causes no unhandled rejection, but with a wrong call. */
  #wish(
    what: "renewed" | "cleared" | "signedIn" | "signedOut" | "joined",
    ask: (raw: RawClient) => unknown,
  ): Promise<void> {
    return this.#wishes[what].after(() => typed(() => ask(this.raw())));
  }

  override dispose(): void {
    super.dispose();
    this.#inquiries.closed();
    reject(this.#wishes.signedOut.take(), closedError("the client is disposed", "make another client"));
  }

  /** @internal */
  protected override leave(raw: RawClient): void {
    super.leave(raw);
    this.#lastConversation = raw.conversation();
  }

  /** @internal */
  protected override released(why: string, error: GuestwireError | undefined): void {
    super.released(why, error);
    if (!error) return;
    this.#inquiries.closed(error);
    this.#attachments.failed(error);
    reject(this.#wishes.signedOut.take(), error);
  }

  /**
   * What was said before all that this client has told or given, one page of it with each call: first the newest. Call it for a
   * conversation that was there before, and as the guest scrolls back. What the guest sent with this client is not in it.
   *
   * @example
   * ```js
   * const { messages, done } = await client.history();
   * for (const message of messages.toReversed()) prepend(message);
   * ```
   * @returns a promise that rejects with a {@link GuestwireError}: `unavailable`, `timeout` after a minute, or `closed`, and then the next
   * call asks for the same; or with the signal's reason.
   */
  async history(options: InquiryOptions = {}): Promise<HistoryPage> {
    return (await this.#inquire(0, options)) as HistoryPage;
  }

  /**
   * How the deployment is configured (`config.json`), for a widget to follow. It needs no connection.
   *
   * @returns a promise that rejects with a {@link GuestwireError}: `refused` for a deployment that there is not, `unavailable`,
   * `malformed_answer`, `timeout` after a minute, or `closed`; or with the signal's reason.
   */
  async deployment(options: InquiryOptions = {}): Promise<DeploymentConfig> {
    return (await this.#inquire(1, options)) as DeploymentConfig;
  }

  /** Whose pages may use the deployment (`domains.json`); otherwise as {@link GuestClient.deployment}. */
  async domains(options: InquiryOptions = {}): Promise<DeploymentDomains> {
    return (await this.#inquire(2, options)) as DeploymentDomains;
  }

  async #inquire(what: number, options: InquiryOptions): Promise<unknown> {
    const signal = signalIn(options);
    const raw = this.raw();
    const answer = this.#inquiries.ask(() => typed(() => raw.inquire(what)));
    return signal ? untilAborted(answer, signal) : answer;
  }

  /** @internal */
  protected override raise(type: string, detail: unknown, settle?: () => void): void {
    if (type === "attachmenturl") {
      this.#attachments.answered(detail as RawAddress);
      return;
    }
    if (type === "answer") {
      const { request, error, value, done } = detail as RawAnswer;
      const messages = done === undefined ? [] : (value as IncomingMessage[]);
      for (let place = 0; place < messages.length; place += 1) {
        this.#answers.came(messages[place] as IncomingMessage);
      }
      this.#inquiries.answered(request, done === undefined ? value : { messages: value, done }, error);
      return;
    }
    if (type === "grantwanted") {
      queueMicrotask(() => void this.#authorize(this.#wanted));
      return;
    }
    if (type === "message") this.#answers.came(detail as IncomingMessage);
    if (type === "authorization") {
      const raw = detail as RawAuthorization;
      const told: Authorization = Object.freeze({ ...raw, error: raw.error && errorFrom(raw.error) });
      let wished: (() => void) | undefined;
      super.raise(type, told, () => {
        wished?.();
        if (told.state === "required") void this.#authorize(told.reason as GrantReason);
      });
      wished = this.#wishes.told(type, told);
      return;
    }
    const { to, error } = detail as StateChange;
    if (type === "statechange" && to === "closed") {
      this.#inquiries.closed();
      this.#asking.leave();
      const changes = this.#attachments.closed(error?.code === "module_failed" ? error.code : undefined);
      for (let place = 0; place < changes.length; place += 1) {
        this.raise("attachment", Object.freeze(changes[place]));
      }
    }
    let then = settle;
    let wished: (() => void) | undefined;
    super.raise(type, detail, () => {
      then?.();
      wished?.();
    });
    // Once it is in the queue: where the stack is full, whoever waits goes on waiting, for what the fuse tells.
    if (type === "attachment") then = this.#attachments.changed(detail as AttachmentChange);
    wished = this.#wishes.told(type, detail);
  }

  /** Asks the user's provider, where there is one. Nothing of its error is shown: it may hold a secret. */
  async #authorize(reason: GrantReason): Promise<void> {
    this.#wanted = reason;
    if (!this.#auth || reason === "refused" || this.state === "closed") return;
    const signal = this.#asking.anew();
    let grant: Grant;
    try {
      grant = await this.#auth({ reason, renew: reason !== "first", signal });
    } catch (error) {
      const retryable = !isFinalNo(error);
      const remedy = retryable
        ? "look at the function that was passed as auth; it is asked again, and signIn() goes on at once"
        : "the function that was passed as auth said no for good; signIn() goes on";
      const message = "no grant was given";
      this.#grantless(
        signal,
        new CallerError({ code: "grant_unavailable", message, remedy, retryable }),
        retryable,
      );
      return;
    }
    // Who has left or signed out meanwhile is signed in no more.
    if (signal.aborted) return;
    try {
      typed(() => this.raw().signIn(grant));
    } catch (error) {
      this.#grantless(signal, error, true);
    }
  }

  /** There is no grant for now, or, unless it is asked for `again`, for good. */
  #grantless(signal: AbortSignal, error: unknown, again: boolean): void {
    // Meanwhile the guest may have signed in otherwise, or gone.
    if (signal.aborted || (error as CallerError).code === "already_signed_in") return;
    this.raise("error", error);
    if (again) this.live?.grantUnavailable();
  }
}
