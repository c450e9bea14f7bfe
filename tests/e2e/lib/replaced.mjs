// What runs in a page whose built-ins are replaced: the life of one client, and what breaks built-ins. It keeps what it needs itself from
// before; what it says goes to the console, since the way of a test into a page needs built-ins too.

/**
 * Written into a page's module script, with {@link breakable} where it is asked for: it refers to nothing but globals, as they are when it
 * is loaded.
 */
export function kit() {
  const Later = Promise;
  const wait = setTimeout.bind(globalThis);
  const log = console.log.bind(console);
  const stringify = JSON.stringify.bind(JSON);

  /** One life: connects, says something, hears an answer by an event and by a loop, closes. Gives how it went, in a word. */
  async function live(Client, options, text) {
    const client = new Client(options);
    let error = "";
    const on = (type, listener) => client.addEventListener(type, listener);
    on("error", ({ detail }) => {
      error = detail.code;
    });
    let told = () => {};
    const heard = new Later((resolve) => {
      told = resolve;
    });
    on("message", ({ detail }) => told(detail.content));
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
      return error || thrown.code || `${thrown}`;
    } finally {
      client.dispose();
    }
  }

  /** The same, within a time that is far more than it needs. */
  function lives(Client, options, text) {
    return new Later((resolve) => {
      wait(() => resolve("nothing, in a minute"), 60_000);
      (async () => {
        try {
          resolve(await live(Client, options, text));
        } catch (thrown) {
          resolve(thrown.code || `${thrown}`);
        }
      })();
    });
  }

  return { lives, say: (what) => log(`said ${stringify(what)}`) };
}

/**
 * All that a page can replace of what it finds under these names: the names themselves, what they have, and what their objects have. Runs
 * in the page.
 *
 * @returns {{ owner: string, name: string, put(): void, mend(): void }[]}
 */
export function breakable(names, within = globalThis) {
  const { defineProperty, getOwnPropertyDescriptor, ownKeys, getPrototypeOf } = Reflect;
  const found = [];
  const seen = new Set();

  function add(owner, key, of, name) {
    const was = getOwnPropertyDescriptor(owner, key);
    if (!was || !(was.configurable || was.writable)) return;
    const broken = () => {
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
    const value = within[name];
    if (value === undefined) continue;
    add(within, name, "the global object", name);
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
