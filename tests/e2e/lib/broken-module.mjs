// The package's modules, broken on purpose: an import that throws at its nth call, or a function that traps. The package is the shipped
// one; these stand between it and the engine, so they are to be loaded before it.

/** What the next calls of imports do: `{ name, nth, after }`; `after`: it throws when it has done its work. */
let plan;
/** How often each import was called since the plan was made. */
const counts = new Map();
/** Every instance that was made, for whoever asks what becomes of them. */
export const instances = [];

/** What an import throws. */
export class Planned extends Error {}

/** From now on this import throws, once. Whether it did is what the function gives that comes back. */
export function breakImport(name, nth, after = false) {
  counts.clear();
  const made = { name, nth, after, thrown: false };
  plan = made;
  return () => made.thrown;
}

/** No import throws any more. */
export function mendImports() {
  plan = undefined;
}

/** How often each import was called since it was last asked, or a plan was made. */
export function calledImports() {
  const called = new Map(counts);
  counts.clear();
  return called;
}

/** Where our modules' imports come from, by the name that the build gives it. Node's own `fetch` is a module too. */
const OURS = "a";

function wrapped(imports) {
  if (!imports || !(OURS in imports)) return imports;
  const around = {};
  for (const [module, functions] of Object.entries(imports)) {
    around[module] = {};
    for (const [name, call] of Object.entries(functions)) {
      around[module][name] = (...given) => {
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        const throws = plan && !plan.thrown && plan.name === name && plan.nth === count;
        if (throws && !plan.after) {
          plan.thrown = true;
          throw new Planned(name);
        }
        const result = call(...given);
        if (throws) {
          plan.thrown = true;
          throw new Planned(name);
        }
        return result;
      };
    }
  }
  return around;
}

const { Instance, instantiate } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(module, imports) {
    super(module, wrapped(imports));
    if (imports && OURS in imports) instances.push(new WeakRef(this));
  }
};
WebAssembly.instantiate = async (module, imports) => {
  const instance = await instantiate(module, wrapped(imports));
  if (imports && OURS in imports) instances.push(new WeakRef(instance));
  return instance;
};

/** A number as the binary format writes it (LEB128), from a place; and the place behind it. */
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7, at += 1) {
    value += (bytes[at] & 0x7f) * 2 ** shift;
    if (bytes[at] < 0x80) return [value, at + 1];
  }
}

/** Where the instructions of each function of a module begin and end. */
export function functionsOf(bytes) {
  const found = [];
  let at = 8;
  while (at < bytes.length) {
    const id = bytes[at];
    const [length, start] = number(bytes, at + 1);
    if (id === 10) {
      let [count, next] = number(bytes, start);
      for (; count > 0; count -= 1) {
        const [size, body] = number(bytes, next);
        let [groups, code] = number(bytes, body);
        // Local variables: how many of a type, and the type.
        for (; groups > 0; groups -= 1) code = number(bytes, code)[1] + 1;
        next = body + size;
        found.push([code, next]);
      }
    }
    at = start + length;
  }
  return found;
}

/** A copy of a module in which one function does nothing but trap. */
export function trapping(bytes, [from, to]) {
  const broken = Uint8Array.from(bytes);
  // unreachable, as often as it takes, and end.
  broken.fill(0x00, from, to - 1);
  return broken;
}
