// A stream to a broker, while it lasts.

import { Bell } from "../wire/bell.js";
import { after, now } from "../wire/times.js";

const WELCOME_TIMEOUT = 10;
/** A broker silent for this many heartbeats is taken for gone. */
const SILENCE_FACTOR = 3;
/** Seconds to look again after a silence: this loop may have been the one that slept. */
const SECOND_LOOK = 0.2;

/** A stream, while it lasts: ended when the broker says nothing for too long. */
export class Stream {
  readonly bell = new Bell();
  readonly abort = new AbortController();
  readonly welcomed: Promise<void>;
  heard = now();
  over = false;
  #welcome: () => void = () => {};
  #cancel: () => void = () => {};

  constructor() {
    this.welcomed = new Promise((resolve) => {
      this.#welcome = resolve;
    });
    this.limit(WELCOME_TIMEOUT);
  }

  welcome(heartbeat: number): void {
    this.#welcome();
    this.limit(SILENCE_FACTOR * heartbeat);
  }

  /** Let it end after so many seconds of silence. */
  limit(seconds: number, again = false): void {
    this.#cancel();
    const left = this.heard + seconds - now();
    if (left > 0) {
      this.#cancel = after(left, () => this.limit(seconds));
    } else if (again) {
      this.end();
    } else {
      this.#cancel = after(SECOND_LOOK, () => this.limit(seconds, true));
    }
  }

  end(): void {
    this.over = true;
    this.#cancel();
    this.#welcome();
    this.bell.ring();
    this.abort.abort();
  }
}
