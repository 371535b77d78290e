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
  { budget, whole }: { readonly budget: ByteBudget; readonly whole: ByteBudget },
  headers: IncomingHttpHeaders,
  bodyBytesMax: number,
): BodyHold | undefined => {
  const declared = Number(headers['content-length']);
  const isDeclared = Number.isFinite(declared);
  let held = heldPerRequestBytes;
  if (isDeclared) held += Math.min(declared, bodyBytesMax) * heldPerBodyByte;
  if (!budget.take(held)) return undefined;
  let owned = false;
  const release = () => {
    budget.give(held);
    held = 0;
  };
  const grow = (bytes: number): boolean => {
    const needed = bytes * heldPerBodyByte;
    if (!budget.take(needed)) {
      // As byte-budget.ts has it: what is alone goes on, else a bound below the largest body would refuse it for ever.
      if (whole.used() !== held) return false;
      budget.give(-needed);
    }
    held += needed;
    return true;
  };
  return {
    came: (bytes) => isDeclared || grow(bytes),
    handled: (bytes) => {
      owned = true;
      const needed = bytes * heldPerBodyByte + heldPerRequestBytes;
      budget.give(held - needed);
      held = needed;
    },
    grow,
    events: (count) => {
      const needed = count * heldPerEventBytes;
      budget.give(-needed);
      held += needed;
    },
    left: () => {
      if (!owned) release();
    },
    release,
  };
};
