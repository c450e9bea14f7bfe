/** What was asked of the module under a number, and is answered by an event. */
import { closedError, errorFrom } from "./errors.js";
import type { RawError } from "./raw.js";

interface Question<T> {
  readonly answer: Promise<T>;
  resolve(value: T): void;
  reject(reason: unknown): void;
}

/** Questions that are open, each by its number. */
export class Questions<T> {
  readonly #open = new Map<number, Question<T>>();

  /** The promise of the answer of this number. Who asks for the same gets the same. */
  wanted(number: number): Promise<T> {
    let question = this.#open.get(number);
    if (!question) {
      let settle!: Omit<Question<T>, "answer">;
      const answer = new Promise<T>((resolve, reject) => {
        settle = { resolve, reject };
      });
      question = { answer, ...settle };
      this.#open.set(number, question);
    }
    return question.answer;
  }

  /** The module has answered. */
  answered(number: number, value: T, error: RawError | null | undefined): void {
    const question = this.#open.get(number);
    this.#open.delete(number);
    if (error) question?.reject(errorFrom(error));
    else question?.resolve(value);
  }

  /** The client is closed: nobody answers any more. */
  closed(): void {
    for (const question of this.#open.values()) {
      question.reject(closedError("the client was closed", "connect() to start anew"));
    }
    this.#open.clear();
  }
}
