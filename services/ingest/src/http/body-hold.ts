/**
 * Holds a request's bytes in the budget from its first header to its answer, whether the body came, broke
 * off, or was handled while its client had left.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ByteBudget } from '../byte-budget.ts';

export interface BodyHold {
  /** The body is there: hold what it really takes, and until `release`, even if the client leaves. */
  handled(bytes: number): void;
  /** Holds more besides, for what the body expands to; false: there is no room. */
  grow(bytes: number): boolean;
  release(): void;
}

/** What a request takes beside its body: without it a flood of tiny ones would cost nothing. */
export const requestOverheadBytes = 2048;

/** Undefined when the budget is used up. A chunked body may turn out as large as the limit. */
export const holdBody = (
  budget: ByteBudget,
  request: FastifyRequest,
  reply: FastifyReply,
  bodyBytesMax: number,
): BodyHold | undefined => {
  const declared = Number(request.headers['content-length'] ?? bodyBytesMax);
  let held =
    requestOverheadBytes +
    Math.min(Number.isFinite(declared) ? declared : bodyBytesMax, bodyBytesMax);
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
      const needed = bytes + requestOverheadBytes;
      budget.give(held - needed);
      held = needed;
    },
    grow: (bytes) => {
      if (!budget.take(bytes)) return false;
      held += bytes;
      return true;
    },
    release,
  };
};
