/** Guests who sign in: what they bring, and what they are told. */
import type { GuestwireError } from "../errors.js";
import type { TokenRequest } from "../providers.js";
import type { RawError } from "../raw.js";

/**
 * What an identity provider gave for the guest: a `code`, with the `redirectUri` and the PKCE `codeVerifier` that it was asked with, or an
 * `idToken`, with its `nonce`. Used once, and kept nowhere. At most 16 KiB.
 */
export interface Grant {
  code?: string;
  redirectUri?: string;
  codeVerifier?: string;
  idToken?: string;
  nonce?: string;
}

/** Why a grant is wanted: `first`, there is none yet; `expired`, the service takes what there was no more; `refused`, it did not take the grant. */
export type GrantReason = "first" | "expired" | "refused";

/** What a provider of grants is told. `renew`: what there was is of no use any more. */
export interface GrantRequest extends TokenRequest {
  readonly reason: GrantReason;
}

/**
 * Gives a grant, under the contract of {@link TokenProvider}: where it throws, or gives no grant, it is asked again, with backoff, and an
 * `error` tells of it (`grant_unavailable`, `bad_grant`); an error with a property `retryable` that is false is a final no, and then the
 * client waits for `signIn`. What it throws or rejects with is never shown. It is not asked after a refusal of what it gave.
 */
export type GrantProvider = (request: GrantRequest) => Grant | Promise<Grant>;

/** The guest has signed in or out, or is asked to. */
export interface Authorization {
  /** `refused`: the guest's conversation goes on as it was. `required`: nothing goes on, and what waits waits, until the guest signs in. */
  readonly state: "signed_in" | "signed_out" | "refused" | "required";
  /** Of what is required. */
  readonly reason: GrantReason | null;
  /** The service has ended what the guest had elsewhere. */
  readonly clearedExisting: boolean;
  readonly error: GuestwireError | null;
  readonly at: number;
}

/** The same as the module tells it. */
export type RawAuthorization = Omit<Authorization, "error"> & { error: RawError | null };
