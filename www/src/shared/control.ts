/** The gateway's control surface: faults, the agent's words, the ledger. It is there in the local gateway only. */

/** A fault as the gateway takes it: its name, and what it needs. */
export type Fault = { readonly fault: string } & Readonly<Record<string, string | number>>;

/** One message that the service took. */
export interface LedgerEntry {
  readonly conversation: string;
  /** The message's name: ours where the service takes it over (webchat), else the service's own. */
  readonly messageId: string;
  /** Ours, where the service has a name of its own for it. */
  readonly tracingId?: string;
  readonly via: "websocket" | "rest";
  /** How often it came. */
  readonly copies: number;
}

/** Asks for faults. */
export async function fault(...faults: Fault[]): Promise<void> {
  await call("POST", "faults", faults);
}

/** Takes all faults back. */
export async function mend(): Promise<void> {
  await call("DELETE", "faults");
}

/** Lets the agent say something: a text, or in web messaging a whole message. */
export async function say(
  conversation: string | undefined,
  said: { readonly content: string } | { readonly message: object },
): Promise<void> {
  await call("POST", "say", { ...(conversation && { conversation }), ...said });
}

/** Lets something happen in a topic of the event streams; says when it did, epoch ms. */
export async function emit(topic: string, body: object, correlationId: string): Promise<number> {
  const response = await call("POST", "emit", { topic, body, correlationId });
  const { emitted } = (await response.json()) as { emitted: readonly { at: number }[] };
  return emitted[0]?.at ?? Date.now();
}

/** What the service took, in order: in one conversation, or in all. */
export async function ledger(conversation?: string): Promise<readonly LedgerEntry[]> {
  const query = conversation === undefined ? "" : `?conversation=${encodeURIComponent(conversation)}`;
  const response = await call("GET", `ledger${query}`);
  const { messages } = (await response.json()) as { messages: LedgerEntry[] };
  return messages;
}

async function call(method: string, path: string, body?: unknown): Promise<Response> {
  const response = await fetch(new URL(`/control/${path}`, location.href), {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
    }),
  });
  if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${await response.text()}`);
  return response;
}
