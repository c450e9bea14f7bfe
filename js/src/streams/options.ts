/** What a stream is made from, and how its options are parted into plain data and code. */
import { badOption } from "../errors.js";
import type { Gap } from "../events.js";
import type { ConnectionOptions, PartedOptions } from "../options.js";
import type { StreamCredentials, TokenSource } from "./credentials.js";
import { tokenSource } from "./credentials.js";
import { module } from "./module.js";

/** Brings the application up to date after a gap, from another source. The events that come meanwhile wait for it. */
export type Resync = (gap: Gap) => void | Promise<void>;

/** The options of every stream. Times are milliseconds, sizes are bytes. An unknown key, a wrong type or a value out of range is refused with `bad_option`. */
export interface StreamOptions extends ConnectionOptions {
  /** The service that this entry speaks to; may be left out. */
  dialect?: "streams";
  /** Awaited after each gap, before events flow again. When it fails, that is told (`resync_failed`), and they flow all the same. */
  resync?: Resync;
  /**
   * Events carry their bodies as the service wrote them too, in `rawBody`: for numbers that JavaScript rounds. Costs the memory of
   * each event that waits twice. Default false.
   */
  rawBody?: boolean;
  /** The deadline for a token, and for a channel and its topics while connecting. Default 10,000. */
  sessionTimeout?: number;
  /** The deadline for requests beside a connection that lives, and for the question whether a channel is there. Default 10,000. */
  restTimeout?: number;
}

/** The options of a stream of notification channels. */
export interface ChannelOptions extends StreamOptions {
  /** The region of the organisation: by its AWS name (`"eu-central-1"`) or its domain (`"mypurecloud.de"`). An origin of loopback (`"http://127.0.0.1:8787"`) leads to a gateway there. */
  region: string;
  /** Where tokens come from: a function that gives one, a `TokenManager`, an OAuth client (not in pages), or a token, which nobody renews. */
  credentials: StreamCredentials;
  /** What to listen to from the beginning; `subscribe` adds to it. */
  topics?: readonly string[];
  /**
   * How it goes on when the service announces that it will close the socket: with another socket of the same channel, which ends the
   * first one and leaves a short gap (the default), or with a second channel, which leaves none and costs two requests.
   */
  handover?: "same-channel" | "second-channel";
  /** What to do when another process's channel has taken this one's place. Default `"stop"`: the client ends with `evicted`. `"reconnect"` makes another one, after a long wait. */
  onEvicted?: "stop" | "reconnect";
  /** The silence after which a channel is asked for a sign of life, by state. Default 35,000 in each, since it speaks every 30 s by itself; each 5,000 to 45,000, and the latter two at most `stable`. */
  heartbeat?: NonNullable<ConnectionOptions["heartbeat"]>;
  url?: never;
  auth?: never;
  tokenIn?: never;
  subscribe?: never;
}

/** The options of a stream of a plain event socket. */
export interface SocketOptions extends StreamOptions {
  /** The socket's address, `"wss://events.example/stream"`. Plain `ws:` goes to loopback only. */
  url: string;
  /** Where tokens come from, as `credentials` of channels. Default: none are needed. */
  auth?: StreamCredentials;
  /** Where a token stands in the handshake. Default: in a header where the socket can carry one (in Node), else in the address. `"header"` is refused where the platform's sockets, which a page has, would drop it. */
  tokenIn?: "header" | "query";
  /** As every client's; `maxBytes`: the largest heartbeat frame that the service takes, 270 to 1,024 bytes. Default 1,024. */
  heartbeat?: ConnectionOptions["heartbeat"] & { maxBytes?: number };
  /** How the socket is told of topics, and of which from the beginning. Default: of none, in the first style. */
  subscribe?: {
    /** `"subscribe"`: `{"type":"subscribe","data":{"topics":[…]}}`. `"events"`: `{"api-version":"1","events":[…]}`. */
    style?: "subscribe" | "events";
    topics?: readonly string[];
    /** Members by which the frame is known that confirms topics: `{ type: "subscribed" }`. Default: nothing confirms them. */
    confirmed?: Readonly<Record<string, string>>;
  };
  region?: never;
  credentials?: never;
  topics?: never;
  handover?: never;
  onEvicted?: never;
}

/** The options of a stream: of notification channels, or of a plain event socket. */
export type ClientOptions = ChannelOptions | SocketOptions;

/**
 * @internal
 * Parts the options. What can only be seen on this side is checked here (functions, and what goes with what); all the rest, unknown
 * keys and a missing credential included, is checked by the module.
 */
export function partOptions(options: ClientOptions): PartedOptions & Pick<TokenSource, "own"> {
  const { dialect = "streams", credentials, auth, resync, WebSocket, ...rest } = options;
  if (dialect !== "streams") {
    throw badOption("dialect", "this entry speaks to streams only", 'import from "guestwire" for webchat');
  }
  if ("credential" in rest) {
    throw badOption("credential", "option credential is unknown", "use credentials, or auth with a url");
  }
  const plain = rest.url !== undefined;
  if (!plain && rest.region === undefined) {
    const remedy = "pass the region, for notification channels, or the url of a plain event socket";
    throw badOption("region", "option region is missing", remedy);
  }
  if (plain ? credentials !== undefined : auth !== undefined) {
    const wrong = plain ? "credentials" : "auth";
    const place = plain ? "url" : "region";
    const right = plain ? "auth" : "credentials";
    throw badOption(wrong, `option ${wrong} does not go with ${place}`, `use ${right}`);
  }
  if (resync !== undefined && typeof resync !== "function") {
    throw badOption("resync", "option resync is no function", "pass a function that brings you up to date");
  }
  const { tokenIn } = rest;
  const carries = plain && module.takesHeaders(WebSocket);
  // Whoever passes a constructor knows what it takes; the platform's would drop the token without a word.
  if (plain && tokenIn === "header" && !carries && !WebSocket) {
    throw badOption("tokenIn", "sockets carry no header here", 'use "query", or pass a WebSocket that can');
  }
  const { credential, provider, own } = plain
    ? tokenSource("auth", auth)
    : tokenSource("credentials", credentials, rest.region);
  return {
    plain: {
      ...rest,
      dialect,
      ...(carries && tokenIn === undefined && { tokenIn: "header" }),
      resync: resync !== undefined,
      credential,
    },
    provider,
    ...(own && { own }),
    release: () => own?.dispose(),
    WebSocket,
    names: "credentials, auth, WebSocket",
  };
}
