/** What an object is, whatever window or library it comes from: `instanceof` knows those of one. */
import { apply, members, method } from "./builtins.js";

/** The name of its kind that a platform gives an object: `[object Blob]`. */
export const brand = method(globalThis.Object.prototype.toString);

const { isView, prototype } = globalThis.ArrayBuffer;
const { byteLength } = members(prototype) as { byteLength: { get(): number } };

/** Whether it is a buffer, or a view of one. */
export function isBytes(value: unknown): value is ArrayBuffer | ArrayBufferView {
  if (isView(value)) return true;
  try {
    // No other object has such a length.
    return apply(byteLength.get, value, []) >= 0;
  } catch {
    return false;
  }
}
