/** The services that the page can speak to: one entry of the package each, loaded when it is chosen. */

import type * as webchat from "guestwire";
import type { BaseGuestClient } from "guestwire";
import type * as messaging from "guestwire/web-messaging";

/** The services, by the name of their dialect. */
export type ServiceName = "webchat" | "web-messaging";

/** A client of web messaging, which has more. */
export type MessagingClient = messaging.GuestClient;

/** What the page shows: a client, and how the gateway's control surface is asked about its conversation. */
export interface Guest {
  readonly service: ServiceName;
  readonly client: BaseGuestClient;
  /** The same client, where the service is web messaging. */
  readonly messaging: MessagingClient | undefined;
  /** What the control surface knows the conversation by, once there is one. */
  conversation(): string | undefined;
}

/** The deployment that the page belongs to. The local gateway takes any. */
export const DEPLOYMENT = "guestwire-demo";

/** Where the client of web messaging keeps the guest's token (its option `storage`). */
const TOKEN_KEY = `guestwire:${DEPLOYMENT}`;

/** Makes guests of one service, with what its form says. Whatever is wrong with the options is thrown. */
export type Maker = (options: {
  webchat: webchat.ClientOptions;
  messaging: messaging.ClientOptions;
}) => Guest;

/** Loads a service's entry of the package. */
export async function load(service: ServiceName): Promise<Maker> {
  if (service === "webchat") {
    const { GuestClient, init } = await import("guestwire");
    await init();
    return ({ webchat }) => {
      const client = new GuestClient(webchat);
      return { service, client, messaging: undefined, conversation: () => client.session?.id };
    };
  }
  const { GuestClient, init } = await import("guestwire/web-messaging");
  await init();
  return ({ messaging }) => {
    const client = new GuestClient(messaging);
    // The service gives its sessions no name that a guest hears; the gateway knows them by the guest's token too.
    const conversation = (): string | undefined => localStorage.getItem(TOKEN_KEY) ?? undefined;
    return { service, client, messaging: client, conversation };
  };
}

/** The service that the page's address names; webchat, where it names none. */
export function chosen(): ServiceName {
  return new URLSearchParams(location.search).get("service") === "web-messaging"
    ? "web-messaging"
    : "webchat";
}

/** Writes the choice in the page's address, so that it outlives a reload and can be linked to. */
export function remember(service: ServiceName): void {
  const address = new URL(location.href);
  if (service === "webchat") address.searchParams.delete("service");
  else address.searchParams.set("service", service);
  history.replaceState(null, "", address);
}

/** Shows what belongs to the service, and hides what does not: elements say by `data-service` to which they belong. */
export function showOnly(service: ServiceName): void {
  document.documentElement.dataset.service = service;
  for (const part of document.querySelectorAll<HTMLElement>("[data-service]:not(html)")) {
    part.hidden = part.dataset.service !== service;
  }
}
