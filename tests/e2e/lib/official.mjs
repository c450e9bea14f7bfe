// The official client of the platform, which we did not write, led to a gateway by its own settings.
import { createRequire } from "node:module";

/** What the gateway accepts where it is told of no other application. */
export const APPLICATION = { clientId: "demo-client", clientSecret: "demo-secret-0000000000" };

const platform = createRequire(import.meta.url)("purecloud-platform-client-v2");

/** A client and its notifications at this gateway, not logged in. */
export function officialClient(gateway) {
  const client = new platform.ApiClientClass();
  // What stands in the home directory must not change it while a test runs.
  client.config.live_reload_config = false;
  const { hostname, port } = new URL(gateway.address);
  client.setGateway({ host: hostname, protocol: "http", port: Number(port) });
  return { client, notifications: new platform.NotificationsApi(client) };
}
