// What runs in a page whose built-ins are replaced: the life of one client, and what breaks built-ins. It keeps what it needs itself from
// before; what it says goes to the console, since the way of a test into a page needs built-ins too.

/**
 * Written into a page's module script, with {@link breakable} where it is asked for: it refers to nothing but globals, as they are when it
 * is loaded. `told` hears of each error event.
 */
export function kit(told = () => undefined) {
  const Later = Promise;
  const wait = setTimeout.bind(globalThis);
  const log = console.log.bind(console);
  const stringify = JSON.stringify.bind(JSON);
  const encode = encodeURIComponent;

  /** What was thrown: an error's code, or what it says; nothing, where it says nothing. */
  const wordFor = (thrown) => `failed: ${thrown?.code || thrown?.message || "without a word"}`;

  /** One life: connects, says something, hears an answer by an event and by a loop, closes. Gives how it went, in a word. */
  async function live(Client, options, text) {
    const client = new Client(options);
    let error = "";
    const on = (type, listener) => client.addEventListener(type, listener);
    on("error", ({ detail }) => {
      error = detail.code;
      told(error);
    });
    let hear = () => {};
    const heard = new Later((resolve) => {
      hear = resolve;
    });
    on("message", ({ detail }) => hear(detail.content));
    const loop = client.messages();
    const read = loop.next();
    try {
      await client.connect();
      const sent = client.send(text);
      const { state } = await sent.done;
      await heard;
      const { value } = await read;
      const known =
        client.stats().delivered === 1 && client.pending.length === 0 && client.trace().entries.length > 5;
      await client.close();
      return known && value.content && sent.state === state ? state : "not known";
    } catch (thrown) {
      // What it said first is what it was.
      return error ? `failed: ${error}` : wordFor(thrown);
    } finally {
      client.dispose();
    }
  }

  /**
   * One life of a stream: connects, subscribes to another topic, hears an event of each topic by a listener and by a loop, closes. Gives
   * what it heard. The test has the events happen; the name is in their topics, so that no other life hears them.
   */
  async function listen(Client, options, name) {
    const first = `v2.users.${encode(name)}.presence`;
    const second = `v2.users.${encode(name)}.station`;
    const client = new Client({ ...options, topics: [first] });
    let error = "";
    let heard = "";
    let read = "";
    let hear = () => {};
    const all = new Later((resolve) => {
      hear = resolve;
    });
    client.addEventListener("error", ({ detail }) => {
      error = detail.code;
      told(error);
    });
    client.addEventListener("event", ({ detail }) => {
      heard += ` ${detail.correlationId}`;
      if (detail.topic === second) hear();
    });
    const loop = client.events();
    const reading = (async () => {
      for (let next = await loop.next(); !next.done; next = await loop.next()) {
        read += ` ${next.value.correlationId}`;
      }
    })();
    try {
      await client.connect();
      const answers = await client.subscribe(second);
      log(`wants ${stringify([first, second])}`);
      await all;
      const known =
        answers[0].state === "subscribed" && client.topics.length === 2 && client.trace().entries.length > 5;
      await client.close();
      await reading;
      return known ? `heard${heard}, read${read}` : "not known";
    } catch (thrown) {
      return error ? `failed: ${error}` : wordFor(thrown);
    } finally {
      client.dispose();
    }
  }

  /** Does it, and says with what it failed. */
  async function outcomeOf(life) {
    try {
      return await life();
    } catch (thrown) {
      return wordFor(thrown);
    }
  }

  /** The same within a minute, which is far more than it needs. */
  function lives(life) {
    return new Later((resolve) => {
      wait(() => resolve("nothing, in its time"), 60_000);
      (async () => resolve(await outcomeOf(life)))();
    });
  }

  return { live, listen, lives, outcomeOf, say: (what) => log(`said ${stringify(what)}`) };
}

/**
 * All that a page can replace of what it finds under these names: the names themselves, what they have, and what their objects have. Runs
 * in the page.
 *
 * @returns {{ owner: string, name: string, put(): void, mend(): void }[]}
 */
export function breakable(names, quietly = false) {
  const { defineProperty, getOwnPropertyDescriptor, ownKeys, getPrototypeOf } = Reflect;
  const found = [];
  const seen = new Set();

  function add(owner, key, of, name) {
    const was = getOwnPropertyDescriptor(owner, key);
    if (!was || !(was.configurable || was.writable)) return;
    const broken = quietly
      ? () => {}
      : () => {
          throw new Error(`${name} is broken`);
        };
    // What calls it with `new` is refused too.
    const now = "value" in was ? { ...was, value: broken } : { ...was, get: broken };
    found.push({
      owner: of,
      name,
      put: () => defineProperty(owner, key, now),
      mend: () => defineProperty(owner, key, was),
    });
  }

  function members(owner, of) {
    if (!owner || seen.has(owner)) return;
    seen.add(owner);
    for (const key of ownKeys(owner)) {
      const { value, get } = getOwnPropertyDescriptor(owner, key);
      // `constructor` is how the language itself tells its promises from others; `detail` is for the page to read.
      if (
        key === "constructor" ||
        key === "detail" ||
        key === "prototype" ||
        !(typeof value === "function" || get)
      )
        continue;
      add(owner, key, of, `${of}.${String(key)}`);
    }
  }

  for (const name of names) {
    const value = globalThis[name];
    if (value === undefined) continue;
    add(globalThis, name, "the global object", name);
    if (typeof value === "function" || typeof value === "object") members(value, name);
    members(value.prototype, `${name}.prototype`);
  }
  for (const [name, one] of Object.entries({
    "an array's iterator": [][Symbol.iterator](),
    "a map's iterator": new Map()[Symbol.iterator](),
    "a set's iterator": new Set()[Symbol.iterator](),
    "a text's iterator": ""[Symbol.iterator](),
  })) {
    members(getPrototypeOf(one), name);
  }
  members(getPrototypeOf(Uint8Array), "a typed array");
  members(getPrototypeOf(Uint8Array.prototype), "a typed array's prototype");
  return found;
}

/** What the package finds on its platform, and more. */
export const NAMES = [
  "AbortController",
  "AbortSignal",
  "Array",
  "ArrayBuffer",
  "Blob",
  "Boolean",
  "CloseEvent",
  "CustomEvent",
  "DataView",
  "Date",
  "Error",
  "Event",
  "EventTarget",
  "FinalizationRegistry",
  "Function",
  "Headers",
  "Iterator",
  "JSON",
  "Map",
  "Math",
  "MessageEvent",
  "Number",
  "Object",
  "Promise",
  "Proxy",
  "ReadableStream",
  "ReadableStreamDefaultReader",
  "Reflect",
  "RegExp",
  "Request",
  "Response",
  "Set",
  "String",
  "Symbol",
  "TextDecoder",
  "TextEncoder",
  "TypeError",
  "URL",
  "Uint8Array",
  "WeakMap",
  "WebAssembly",
  "WebSocket",
  "XMLHttpRequest",
  "clearTimeout",
  "crypto",
  "fetch",
  "performance",
  "queueMicrotask",
  "setTimeout",
];
