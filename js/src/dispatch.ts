/** The queue between the module and the listeners: nothing in it runs while a call of the module is under way. */
import { List } from "./builtins.js";

/** Runs what is put in, in order, each in a microtask of its own. It is emptied whenever the running script returns, so it holds at most what that script has caused. */
export class DispatchQueue {
  readonly #tasks = new List<() => void>();
  /** How many of them have run: none is taken out, since with an array whose page has broken that it would run for ever. */
  #done = 0;
  #running = false;

  /** Puts a task at the end. */
  push(task: () => void): void {
    // In this order: where the stack is full in the middle of it, the task is not in, and the queue runs on for the next one.
    if (!this.#running) queueMicrotask(() => this.#next());
    this.#running = true;
    this.#tasks.push(task);
  }

  /** Runs one task. The next one has its own microtask, so that what awaited this one runs in between, and one that throws stops none. */
  #next(): void {
    const task = this.#tasks[this.#done];
    this.#done += 1;
    try {
      task?.();
    } finally {
      if (this.#tasks.length > this.#done) queueMicrotask(() => this.#next());
      else {
        this.#tasks.length = this.#done = 0;
        this.#running = false;
      }
    }
  }
}
