/**
 * Holds a request's bytes in the budget from its first header to its answer, whether the body came, broke
 * off, or was handled while its client had left.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { ByteBudget } from '../byte-budget.ts';

export interface BodyHold {
  /** So many bytes of the body have come; false: there is no room for them. Those that were announced have their room. */
  came(bytes: number): boolean;
  /** The body is there: hold what it really takes, and until `release`, even if the client leaves. */
  handled(bytes: number): void;
  /** Holds more besides, for so many bytes that the body expands to; false: there is no room. */
  grow(bytes: number): boolean;
  /** So many events are in it: they are held, too, even beyond the budget, since they are there. */
  events(count: number): void;
  /** The client has left, or was answered: what has not been handled is given back. */
  left(): void;
  release(): void;
}

/**
 * What a request holds until Kafka has it, measured with pipeline.ts: its body, the text that values are slices of, and
 * its records (3.1 times the body for events of 20 kB); objects of each event; and what the request is itself, without
 * which a flood of tiny ones would cost nothing. Off by 10 % at most between 95 bytes and 20 kB an event.
 */
export const heldPerBodyByte = 3;
export const heldPerEventBytes = 300;
export const heldPerRequestBytes = 6 * 1024;

/**
 * Undefined when the budget is used up. A chunked body, of which nobody knows the length, is held as it comes.
 * @param budget the sender's view of `whole`
 */
export const holdBody = (
  budget: ByteBudget,
  whole: ByteBudget,
  headers: IncomingHttpHeaders,
  bodyBytesMax: number,
): BodyHold | undefined => {
  const declared = Number(headers['content-length']);
  const isDeclared = Number.isFinite(declared);
  let held = heldPerRequestBytes;
  if (isDeclared) held += Math.min(declared, bodyBytesMax) * heldPerBodyByte;
  return budget.take(held) ? new HeldBody(budget, whole, held, isDeclared) : undefined;
};

/** A class, since one is made for each request. */
class HeldBody implements BodyHold {
  readonly #budget: ByteBudget;
  readonly #whole: ByteBudget;
  readonly #isDeclared: boolean;
  #held: number;
  #isOwned = false;

  constructor(budget: ByteBudget, whole: ByteBudget, held: number, isDeclared: boolean) {
    this.#budget = budget;
    this.#whole = whole;
    this.#held = held;
    this.#isDeclared = isDeclared;
  }

  came(bytes: number): boolean {
    return this.#isDeclared || this.grow(bytes);
  }

  handled(bytes: number): void {
    this.#isOwned = true;
    const needed = bytes * heldPerBodyByte + heldPerRequestBytes;
    this.#budget.give(this.#held - needed);
    this.#held = needed;
  }

  grow(bytes: number): boolean {
    const needed = bytes * heldPerBodyByte;
    if (!this.#budget.take(needed)) {
      // As byte-budget.ts has it: what is alone goes on, else a bound below the largest body would refuse it for ever.
      if (this.#whole.used() !== this.#held) return false;
      this.#budget.give(-needed);
    }
    this.#held += needed;
    return true;
  }

  events(count: number): void {
    const needed = count * heldPerEventBytes;
    this.#budget.give(-needed);
    this.#held += needed;
  }

  left(): void {
    if (!this.#isOwned) this.release();
  }

  release(): void {
    this.#budget.give(this.#held);
    this.#held = 0;
  }
}
