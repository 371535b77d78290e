/**
 * Holds a request's bytes in the budget from its first header to its answer, whether the body came, broke
 * off, or was handled while its client had left.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ByteBudget } from '../byte-budget.ts';

export interface BodyHold {
  /** The body is there: hold what it really takes, and until `release`, even if the client leaves. */
  handled(bytes: number): void;
  /** Holds more besides, for so many bytes that the body expands to; false: there is no room. */
  grow(bytes: number): boolean;
  /** So many events are in it: they are held, too, even beyond the budget, since they are there. */
  events(count: number): void;
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
 * Undefined when the budget is used up. Of a chunked body only the body itself is held before it is there, and it may
 * turn out as large as the limit.
 */
export const holdBody = (
  budget: ByteBudget,
  request: FastifyRequest,
  reply: FastifyReply,
  bodyBytesMax: number,
): BodyHold | undefined => {
  const declared = Number(request.headers['content-length']);
  const bytes = Number.isFinite(declared) ? declared * heldPerBodyByte : bodyBytesMax;
  let held = heldPerRequestBytes + Math.min(bytes, bodyBytesMax * heldPerBodyByte);
  if (!budget.take(held)) return undefined;
  let owned = false;
  const release = () => {
    budget.give(held);
    held = 0;
  };
  reply.raw.once('close', () => {
    if (!owned) release();
  });
  return {
    handled: (bytes) => {
      owned = true;
      const needed = bytes * heldPerBodyByte + heldPerRequestBytes;
      budget.give(held - needed);
      held = needed;
    },
    grow: (bytes) => {
      const needed = bytes * heldPerBodyByte;
      if (!budget.take(needed)) return false;
      held += needed;
      return true;
    },
    events: (count) => {
      const needed = count * heldPerEventBytes;
      budget.give(-needed);
      held += needed;
    },
    release,
  };
};
