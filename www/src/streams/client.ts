/** The client of event streams, and where it has its tokens from. */
import { type ClientOptions, type ProvidedToken, StreamClient } from "guestwire/streams";

/** What the reader may choose for the next client. */
export interface Choices {
  /** A notification channel, or a plain event socket. */
  readonly kind: "channel" | "socket";
  readonly handover: "same-channel" | "second-channel";
  readonly onEvicted: "stop" | "reconnect";
  /** The silence after which the service is asked for a sign of life, ms. */
  readonly heartbeat: number;
  /** The longest wait between two attempts, ms. */
  readonly cap: number;
}

/**
 * The application that the local gateway knows, whose secret is no secret. A real page has none: there this function asks the
 * application's own server, which keeps the secret, for a token.
 */
const APPLICATION = "demo-client:demo-secret-0000000000";

async function askForToken(): Promise<ProvidedToken> {
  const response = await fetch(new URL("/oauth/token", location.href), {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(APPLICATION)}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  if (!response.ok) throw new Error(`no token: ${response.status}`);
  const { access_token: token, expires_in: expiresIn } = (await response.json()) as {
    access_token: string;
    expires_in: number;
  };
  return { token, expiresIn };
}

/**
 * Makes a client. Whatever is wrong with its options is thrown.
 *
 * @param topics what it listens to from the beginning.
 * @param asked is called whenever a token is asked for.
 */
export function makeClient(choices: Choices, topics: readonly string[], asked: () => void): StreamClient {
  const { kind, heartbeat, cap } = choices;
  const token = (): Promise<ProvidedToken> => {
    asked();
    return askForToken();
  };
  const common = {
    heartbeat: { stable: heartbeat, degraded: Math.min(heartbeat, 10_000), reconnecting: 5000 },
    backoff: { cap },
  };
  const options: ClientOptions =
    kind === "channel"
      ? {
          ...common,
          region: location.origin,
          credentials: token,
          topics,
          handover: choices.handover,
          onEvicted: choices.onEvicted,
        }
      : {
          ...common,
          url: new URL("/events", location.href.replace(/^http/, "ws")).href,
          auth: token,
          // An event of before the service has them comes to nobody; without its word nobody would know.
          subscribe: { topics, confirmed: { type: "subscribed" } },
        };
  return new StreamClient(options);
}
