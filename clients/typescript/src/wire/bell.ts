// Wakes whoever waits, once a burst.

import { after } from "./times.js";

/** Ring after putting something down; after `wait`, take everything there is. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Wait until somebody rings, or the time is over. */
  wait(seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#rung = false;
        this.#wake = undefined;
        cancel();
        resolve();
      };
      const cancel = after(seconds, wake);
      this.#wake = wake;
      if (this.#rung) {
        wake();
      }
    });
  }
}
