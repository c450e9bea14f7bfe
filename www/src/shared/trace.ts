/** Gives the reader what the client recorded, as a file for `cargo xtask replay`. */
import type { AnyClient } from "./client.js";

/** Saves the trace of the client that is there when the button is pressed. */
export function bindTrace(button: HTMLButtonElement, client: () => AnyClient | undefined): void {
  button.addEventListener("click", () => {
    const trace = client()?.trace();
    if (!trace) return;
    const file = URL.createObjectURL(new Blob([JSON.stringify(trace)], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = file;
    link.download = `guestwire-trace-${new Date().toISOString().replace(/[:.]/g, "-")}.json`;
    link.click();
    // The download has its own hold on the bytes once it has begun.
    setTimeout(() => URL.revokeObjectURL(file));
  });
}
