/** Small hands for the page. Text is only ever set as text. */

/** The element with this id, of this type; that it is there is a matter of `index.html`. */
export function byId<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} with the id ${id}`);
  return found;
}

/** A new element with a class and a text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  text = "",
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Sets a text, where it is another one: a live region that is set again would be read again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}
