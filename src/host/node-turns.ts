/** Milliseconds of one turn of the event loop that answers of operations may use. */
const budget = 0.5;

/**
 * Lets what waits for operations go on a few at a time: many that end at once would else keep timers and
 * sockets waiting for all that follows each of them. Costs nothing while there is only one.
 */
export class Turns {
  /** When answers were first given in this turn; undefined before. */
  #began: number | undefined;
  #waiting: (() => void)[] = [];

  /** To be awaited before going on; undefined when that may be at once. */
  next(): Promise<void> | undefined {
    const now = performance.now();
    if (this.#began === undefined) {
      this.#began = now;
      setImmediate(() => this.#turn());
      return undefined;
    }
    if (this.#waiting.length === 0 && now - this.#began < budget) return undefined;
    return new Promise((done) => {
      this.#waiting.push(done);
    });
  }

  /** One for each turn; what it leads to runs before the next immediate does. */
  #turn(): void {
    const first = this.#waiting.shift();
    if (first === undefined) {
      this.#began = undefined;
      return;
    }
    this.#began = performance.now();
    first();
    setImmediate(() => this.#turn());
  }
}
