// A call at the end of the stack.

/**
 * Calls at the end of the stack, with a little more room each time, until the call goes through, or there is `enough`. It refers to nothing
 * outside of itself: a test hands its text to a page.
 *
 * @param {() => void} call
 * @param {number} shift how many words further the end is, since a frame is many of them.
 * @param {() => boolean} [enough] whether the call need not go through any more.
 */
export function withFullStack(call, shift, enough = () => false) {
  let over = false;
  const deeper = () => {
    try {
      deeper();
    } catch {
      // This is the end of it.
    }
    if (over) return;
    try {
      call();
      over = true;
    } catch {
      over = enough();
    }
  };
  deeper(...new Array(shift));
}
