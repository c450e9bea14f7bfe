/// <reference lib="esnext.disposable" preserve="true" />
/** The token manager: calls of the module in, promises and events out. User code never runs on top of a frame of the module. */
import type { CreateOptions } from "../client.js";
import { made, reportUntold, typed } from "../client.js";
import { DispatchQueue } from "../dispatch.js";
import type { GuestwireError } from "../errors.js";
import { badOption, CallerError, closedError, errorFrom } from "../errors.js";
import type { Audit } from "../events.js";
import { ClientEventTarget, define } from "../listeners.js";
import { onAbort, readOptions, signalIn } from "../options.js";
import type { RawError } from "../raw.js";
import { init, module } from "./module.js";
import type { RawTokenManager, TokenHost } from "./raw.js";

/** An OAuth client, and where tokens are made. Times are milliseconds. An unknown key, a wrong type or a value out of range is refused with `bad_option`. */
export interface TokenManagerOptions {
  /** The region of the organisation: by its AWS name (`"eu-central-1"`) or its domain (`"mypurecloud.de"`). Tokens are made at its login host. An origin of loopback (`"http://127.0.0.1:8787"`) leads to a gateway there. */
  region?: string;
  /** Where tokens are made, instead of a region: `"https://login.mypurecloud.de/oauth/token"`. Plain `http:` is only for loopback. */
  tokenUrl?: string;
  /** The client's id. */
  clientId: string;
  /** Its secret. It is in no event and no error. */
  clientSecret: string;
  /** Where id and secret stand: in the header `Authorization` (the default), or in the form. */
  in?: "basic" | "body";
  /** The deadline of one request. Default 10,000. */
  timeout?: number;
  /** The wait after a failure: from `base` (1,000), doubling up to `cap` (30,000), with jitter. */
  backoff?: { base?: number; cap?: number };
}

/** A token, for `Authorization: Bearer …`. */
export interface Token {
  readonly token: string;
  /** Seconds, as OAuth has them, that it lives from now, to the millisecond. At least 30 of them, or a quarter of a life of under two minutes. */
  readonly expiresIn: number;
}

/** Options of {@link TokenManager.token}. */
export interface TokenOptions {
  /** A token that a service has refused. Where it is the one that is kept, another one is asked for, once for all who pass it. */
  refused?: string;
  /** Ends this wait, with the signal's reason. What others wait for goes on; what nobody waits for is aborted. */
  signal?: AbortSignal;
}

/** The detail of each event, by its name. */
export interface TokenManagerEventDetails {
  /**
   * Of requests: `request`, `answer` (its `code` is the status), `unanswered`, `timeout`; of what follows: `unavailable`, `rate_limited`,
   * `token_refused`, or the code of a final error. Its `state` is `asking`, `waiting` (somebody does), `held` or `idle`.
   */
  audit: Audit;
  /** Nothing comes of it again and again: `not_connecting`, once until a request is answered. It goes on for those who wait. */
  error: GuestwireError;
}

interface Wait {
  resolve(token: Token): void;
  reject(reason: unknown): void;
}

/**
 * Keeps the token of an OAuth client (`client_credentials`), for streams and for an application's own requests alike: one
 * request however many ask, one token until it has under 30 s left or is refused. Not for pages: whoever sees the page would see
 * the secret.
 *
 * It asks for nothing that nobody waits for, and needs no `close()`: it keeps a process alive only while somebody waits.
 *
 * @example
 * ```js
 * const tokens = new TokenManager({ region: "eu-central-1", clientId, clientSecret });
 * const client = await StreamClient.create({ region: "eu-central-1", credentials: tokens, topics });
 * const { token } = await tokens.token();
 * const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
 * if (answer.status === 401) await tokens.token({ refused: token });
 * ```
 */
export class TokenManager extends ClientEventTarget<TokenManagerEventDetails> {
  /** Undefined once disposed, or failed: then nothing is left to call. */
  #raw: RawTokenManager | undefined;
  /** Why there is nothing left to call, unless it is disposed. */
  #failure: GuestwireError | undefined;
  #asked = 0;
  readonly #waits = new Map<number, Wait>();
  readonly #queue = new DispatchQueue();

  /** Loads the module if that has not happened yet ({@link init}), and makes a manager. */
  static create(options: TokenManagerOptions, wait: CreateOptions = {}): Promise<TokenManager> {
    return made(init, () => new TokenManager(options), wait);
  }

  /**
   * Makes a manager; it asks for nothing until {@link TokenManager.token}.
   *
   * @throws {@link CallerError} `credentials_in_page` in a page; `not_initialised` before {@link init}; `bad_option`, with `option`.
   */
  constructor(options: TokenManagerOptions) {
    super();
    refuseInPage();
    const host: TokenHost = {
      given: (ask, token, left) => {
        this.#waits.get(ask)?.resolve({ token, expiresIn: left / 1000 });
        // Not before: where the stack is full they still wait, and the fuse tells them.
        this.#waits.delete(ask);
      },
      refused: (ask, error) => {
        this.#waits.get(ask)?.reject(errorFrom(error));
        this.#waits.delete(ask);
      },
      deliver: (type, detail) => {
        const told = type === "error" ? errorFrom(detail as RawError) : Object.freeze(detail);
        if (this.#raw) this.#raise(type, told);
      },
      failed: (error) => {
        this.#failure = error;
        this.#leave(error);
        this.#raise("error", error);
      },
    };
    const Raw = module.parts.RawTokens;
    const given = readOptions(
      options,
      (all) => ({ ...all }),
      "pass an object with clientId and clientSecret",
    );
    this.#raw = typed(() => new Raw(given, host));
  }

  /**
   * The token that is kept, or another one. The wait lasts as long as the service is away or asks to wait, up to an hour.
   *
   * @returns a promise that rejects with a {@link ServiceError} that is final (`retryable` false: `invalid_client`,
   * `unauthorized_client`, `forbidden`, `refused`) or not (`rate_limited`); with a {@link CallerError} `closed`, when disposed, or
   * `too_many_asks`, when a thousand wait, or `bad_option`; or with the signal's reason.
   */
  async token(options: TokenOptions = {}): Promise<Token> {
    const refused = readOptions(options, ({ refused }) => refused);
    if (refused !== undefined && typeof refused !== "string") {
      throw badOption("refused", "option refused is no text", "pass the token that was refused");
    }
    const signal = signalIn(options);
    const raw = this.#raw;
    if (!raw) throw this.#failure ?? disposedError();
    this.#asked = (this.#asked + 1) >>> 0;
    const ask = this.#asked;
    let listening = (): void => undefined;
    try {
      return await new Promise<Token>((resolve, reject) => {
        this.#waits.set(ask, { resolve, reject });
        listening = onAbort(signal, (reason) => {
          const wait = this.#waits.get(ask);
          if (!wait) return;
          this.#waits.delete(ask);
          wait.reject(reason);
          typed(() => this.#raw?.abort(ask));
        });
        typed(() => raw.ask(ask, refused));
      });
    } finally {
      this.#waits.delete(ask);
      listening();
    }
  }

  /** @internal The one client that this is for has gone: what nobody waits for is aborted. */
  rest(): void {
    typed(() => this.#raw?.rest());
  }

  /** Forgets the token and releases everything. Whoever waits is refused with `closed`. It may be called any number of times; `using` calls it. */
  dispose(): void {
    const raw = this.#raw;
    if (!raw) return;
    this.#leave(disposedError());
    // Not now: the call may come out of a `fetch` of the user's, which the module has called.
    queueMicrotask(() => {
      try {
        raw.free();
      } catch (error) {
        reportUntold(error);
      }
    });
  }

  /** `using tokens = …`; only on platforms that have `Symbol.dispose`. */
  declare readonly [Symbol.dispose]: () => void;

  static {
    define<TokenManager>(TokenManager, Symbol.dispose, function () {
      this.dispose();
    });
  }

  /** Nothing comes any more. */
  #leave(error: GuestwireError): void {
    this.#raw = undefined;
    this.#waits.forEach((wait) => {
      wait.reject(error);
    });
    this.#waits.clear();
  }

  #raise(type: string, detail: unknown): void {
    this.#queue.push(() => this.dispatchEvent(new CustomEvent(type, { detail })));
  }
}

function disposedError(): CallerError {
  return closedError("the token manager is disposed", "make another one");
}

/** Whoever sees a page sees all that is in it (streaming.md, "Token manager"). */
function refuseInPage(): void {
  if (typeof window === "undefined" || typeof window.document === "undefined") return;
  throw new CallerError({
    code: "credentials_in_page",
    message: "a client's secret has no place in a page: whoever sees the page can read it",
    remedy: "have your server get the token, and pass a function that asks your server for it",
    retryable: false,
  });
}
