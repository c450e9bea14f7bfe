/** What was asked of the module under a number, and is answered by an event. */
import type { GuestwireError } from "./errors.js";
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
  /** Answers that have come while somebody was asking. */
  readonly #early = new Map<number, { value: T; error: RawError | null | undefined }>();
  #asking = 0;

  /**
   * Asks, and gives the promise of the answer. The module may answer before it has said under which number; whoever asks for the same
   * gets the same.
   */
  ask(call: () => number): Promise<T> {
    this.#asking += 1;
    try {
      const number = call();
      let question = this.#open.get(number);
      if (!question) {
        let settle!: Omit<Question<T>, "answer">;
        const answer = new Promise<T>((resolve, reject) => {
          settle = { resolve, reject };
        });
        question = { answer, ...settle };
        this.#open.set(number, question);
      }
      const early = this.#early.get(number);
      if (early) this.answered(number, early.value, early.error);
      return question.answer;
    } finally {
      this.#asking -= 1;
      if (this.#asking === 0) this.#early.clear();
    }
  }

  /** The module has answered. */
  answered(number: number, value: T, error: RawError | null | undefined): void {
    const question = this.#open.get(number);
    if (!question && this.#asking > 0) this.#early.set(number, { value, error });
    if (error) question?.reject(errorFrom(error));
    else question?.resolve(value);
    // Not before: where the stack is full it is still open, and the fuse answers it.
    this.#open.delete(number);
  }

  /** The client is closed, or its module has failed: nobody answers any more. */
  closed(error: GuestwireError = closedError("the client was closed", "connect() to start anew")): void {
    this.#open.forEach((question) => {
      question.reject(error);
    });
    this.#open.clear();
  }
}
