// What a service in strict TypeScript writes: it has the types of Node and of the package ws, and none of pages.
import { readFileSync } from "node:fs";
import { GuestClient, init, type WasmSource } from "guestwire";
import { StreamClient, TokenManager } from "guestwire/streams";
import * as messaging from "guestwire/web-messaging";
import { WebSocket } from "ws";

const module: WasmSource = readFileSync("guestwire.wasm");

export async function listen(clientId: string, clientSecret: string, signal: AbortSignal): Promise<void> {
  const credentials = new TokenManager({ region: "eu-central-1", clientId, clientSecret });
  const client = new StreamClient({ region: "eu-central-1", credentials, topics: ["v2.a"], WebSocket });
  client.addEventListener("error", ({ detail }) => console.error(detail.code, detail.remedy), { signal });
  client.addEventListener("gap", { handleEvent: ({ detail }) => console.log(detail.to - detail.from) });
  await client.connect({ signal });
  for await (const { topic, body } of client) console.log(topic, body);
}

export async function talk(token: string): Promise<string> {
  await init(module);
  const client = new GuestClient({ host: "acme.mypurecloud.com", token, WebSocket });
  const other = new messaging.GuestClient({ deploymentId: "d", region: "eu-central-1", WebSocket });
  await other.attach({ name: "a.txt", data: readFileSync("a.txt") }).done;
  return (await client.send("Hello").done).state;
}
