/**
 * What the package uses of its platform, as that stands when this script is loaded. Pages with old libraries replace built-ins later, on
 * the global object and on prototypes. The build puts these in the place of the globals of the same name, in the face and in the glue
 * (`xtask/src/build/scripts.rs`); what the glue calls on objects of others it calls by `invoke` and `member` (`bind.rs`). Syntax that
 * goes over arrays by their iterator is avoided: that can be replaced too.
 */
type Member = { readonly value?: unknown; readonly get?: () => unknown };
type Members = Record<PropertyKey, Member>;

const platform = globalThis;
export const { apply, ownKeys, getOwnPropertyDescriptor, getPrototypeOf } = platform.Reflect;
const { defineProperties } = platform.Object;
const OBJECT = platform.Object.prototype;

/** @internal All members as they are now, inherited ones too, but for those of every object. */
export function members(of: object | undefined): Members {
  const found = { __proto__: null } as unknown as Members;
  for (let at = of; at && at !== OBJECT; at = getPrototypeOf(at) as object | undefined) {
    const names = ownKeys(at);
    for (let place = 0; place < names.length; place += 1) {
      const name = names[place] as string;
      // Without a prototype: what is no member of a descriptor is looked for there.
      found[name] ??= { __proto__: null, ...getOwnPropertyDescriptor(at, name) } as Member;
    }
  }
  return found;
}

/** An object with the same functions. */
function held<T extends object>(of: T): T {
  return of && defineProperties({ __proto__: null } as unknown as T, members(of) as PropertyDescriptorMap);
}

/** A class whose objects keep the methods that they have now. What cannot be derived from, or is not there, stays what it is. */
function kept<T>(of: T): T {
  const Class = of as (new () => object) | undefined;
  if (!Class?.prototype) return of;
  const Kept = class extends Class {};
  defineProperties(Kept.prototype, members(Class.prototype) as PropertyDescriptorMap);
  return Kept as T;
}

/** Members of the platform's own objects, by prototype. */
const known: WeakMap<object, Members> = new (kept(platform.WeakMap))();

for (const name of [
  "AbortSignal",
  "Blob",
  "CloseEvent",
  "Headers",
  "MessageEvent",
  "PageTransitionEvent",
  "ReadableStream",
  "ReadableStreamDefaultReader",
  "Response",
]) {
  const Class = (platform as unknown as Record<string, { prototype: object } | undefined>)[name];
  // What a page has put there need be no class.
  if (Class?.prototype) known.set(Class.prototype, members(Class.prototype));
}
for (const target of [platform, platform.document]) {
  if (target) known.set(getPrototypeOf(target) as object, members(platform.EventTarget?.prototype));
}
if (platform.WebAssembly) {
  const { prototype } = platform.WebAssembly.Instance;
  known.set(prototype, members(prototype));
}

/** A member of any object: of one of the platform's as it was. */
export function member(of: object, name: PropertyKey): unknown {
  const was = known.get(getPrototypeOf(of) ?? of)?.[name];
  if (!was) return (of as Record<PropertyKey, unknown>)[name];
  return was.get ? apply(was.get, of, []) : was.value;
}

/** Calls a method of any object: of one of the platform's as it was. */
export function invoke(of: object, name: PropertyKey, ...given: unknown[]): unknown {
  return apply(member(of, name) as () => unknown, of, given);
}

/** Leaves an object of the platform, which others have made, its members. */
export function hold(of: object, Class: { prototype: object }): void {
  defineProperties(of, members(Class.prototype) as PropertyDescriptorMap);
}

type Method<This, Given extends unknown[], T> = (this: This, ...given: Given) => T;

/** A method, as a function of the object. */
export function method<This, Given extends unknown[], T>(
  of: Method<This, Given, T>,
): (self: This, ...given: Given) => T {
  return (self, ...given) => apply(of, self, given);
}

const exec = method(platform.RegExp.prototype.exec);
/** Whether a text is of a pattern. */
export const matches = (pattern: RegExp, text: string): boolean => exec(pattern, text) !== null;
export const charCodeAt = method(platform.String.prototype.charCodeAt);
export const indexOf = method(platform.String.prototype.indexOf);
export const slice = method(platform.String.prototype.slice);
/** Does one thing or the other when a promise, of whatever kind, has settled. */
export async function then(
  promise: unknown,
  fulfilled: (value: unknown) => void,
  rejected: (reason: unknown) => void,
): Promise<void> {
  let value: unknown;
  try {
    value = await promise;
  } catch (reason) {
    rejected(reason);
    return;
  }
  fulfilled(value);
}

/** How the first of two promises settles. */
export function first<T>(one: Promise<T>, other: Promise<never>): Promise<T> {
  return new Promise((resolve, reject) => {
    void then(one, resolve as (value: unknown) => void, reject);
    void then(other, resolve as (value: unknown) => void, reject);
  });
}

/** What rejects is told by other means: no rejection that nobody has looked at. */
export function quiet(promise: unknown): void {
  void then(
    promise,
    () => undefined,
    () => undefined,
  );
}

const { crypto: source, performance: clock, fetch: fetches } = platform;
const { getRandomValues } = source ?? {};
const { now } = clock;

/** A list whose methods stay what they are. */
export const List = kept(platform.Array);

let ofPage: typeof platform.WebSocket | undefined = kept(platform.WebSocket);
let fetch_ = (request: Request): unknown => apply(fetches as () => unknown, undefined, [request]);

/** What makes sockets in a page, where its user passes nothing. In Node it is looked for when it is wanted. */
export const socketOfPage = (): typeof platform.WebSocket | undefined => ofPage;

/** Node has no old libraries: programs put something of their own in these places on purpose, and tests do. */
export function leaveToProgram(): void {
  ofPage = undefined;
  fetch_ = (request) => platform.fetch(request);
}

const AbortController_ = kept(platform.AbortController);
const Array_ = held(platform.Array);
const ArrayBuffer_ = held(platform.ArrayBuffer);
const Blob_ = platform.Blob;
const CustomEvent_ = platform.CustomEvent;
const DataView_ = kept(platform.DataView);
const Date_ = held(platform.Date);
const EventTarget_ = kept(platform.EventTarget);
const FinalizationRegistry_ = kept(platform.FinalizationRegistry);
const Headers_ = kept(platform.Headers);
const JSON_ = held(platform.JSON);
const Map_ = kept(platform.Map);
const Math_ = held(platform.Math);
const Object_ = held(platform.Object);
/** Of what `async` gives, whatever the global of that name is: so no promise here has methods of another. */
const Promise_ = (async () => undefined)().constructor;
const Reflect_ = held(platform.Reflect);
const Request_ = platform.Request;
const Set_ = kept(platform.Set);
const TextDecoder_ = kept(platform.TextDecoder);
const TextEncoder_ = kept(platform.TextEncoder);
const Uint8Array_ = kept(platform.Uint8Array);
const WeakMap_ = kept(platform.WeakMap);
const WebAssembly_ = held(platform.WebAssembly);
const crypto_ = {
  getRandomValues: (bytes: Uint8Array) => {
    apply(getRandomValues as () => unknown, source, [bytes]);
    return bytes;
  },
};
const performance_ = { now: () => apply(now, clock, []) };
const { clearTimeout: clearTimeout_, setTimeout: setTimeout_ } = platform;
/** By the language alone: nothing would ever be told by a page's own that runs nothing. */
const queueMicrotask_ = async (task: () => void): Promise<void> => {
  await undefined;
  task();
};

export {
  AbortController_ as AbortController,
  Array_ as Array,
  ArrayBuffer_ as ArrayBuffer,
  Blob_ as Blob,
  CustomEvent_ as CustomEvent,
  clearTimeout_ as clearTimeout,
  crypto_ as crypto,
  DataView_ as DataView,
  Date_ as Date,
  EventTarget_ as EventTarget,
  FinalizationRegistry_ as FinalizationRegistry,
  fetch_ as fetch,
  Headers_ as Headers,
  JSON_ as JSON,
  Map_ as Map,
  Math_ as Math,
  Object_ as Object,
  Promise_ as Promise,
  performance_ as performance,
  queueMicrotask_ as queueMicrotask,
  Reflect_ as Reflect,
  Request_ as Request,
  Set_ as Set,
  setTimeout_ as setTimeout,
  TextDecoder_ as TextDecoder,
  TextEncoder_ as TextEncoder,
  Uint8Array_ as Uint8Array,
  WeakMap_ as WeakMap,
  WebAssembly_ as WebAssembly,
};
