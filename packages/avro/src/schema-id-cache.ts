import { MillraceError } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import type { RegisteredSchema } from './registry-client.ts';

/**
 * Schema ids in front of a registry: known ids for ever (they are immutable), unknown ids for a while,
 * one request in flight per id. Failures other than "unknown" are not remembered.
 */
export type FindSchema = (id: number) => Promise<RegisteredSchema>;

/** Bounds the memory that poison ids can take; beyond it the oldest answer is forgotten. */
const UNKNOWN_IDS_MAX = 10_000;

export const cacheSchemaIds = (
  find: FindSchema,
  negativeTtlMs: number,
  clock: Clock,
): FindSchema => {
  const known = new Map<number, RegisteredSchema>();
  const unknownUntilMs = new Map<number, number>();
  const inFlight = new Map<number, Promise<RegisteredSchema>>();

  const remember = (id: number) => {
    unknownUntilMs.delete(id);
    unknownUntilMs.set(id, clock.nowMs() + negativeTtlMs);
    if (unknownUntilMs.size <= UNKNOWN_IDS_MAX) return;
    for (const oldest of unknownUntilMs.keys()) {
      unknownUntilMs.delete(oldest);
      return;
    }
  };

  const ask = async (id: number): Promise<RegisteredSchema> => {
    try {
      const schema = await find(id);
      known.set(id, schema);
      return schema;
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'registry.unknown-schema') remember(id);
      throw error;
    } finally {
      inFlight.delete(id);
    }
  };

  return async (id) => {
    const schema = known.get(id);
    if (schema !== undefined) return schema;
    const untilMs = unknownUntilMs.get(id);
    if (untilMs !== undefined && clock.nowMs() < untilMs) {
      throw new MillraceError(
        'registry.unknown-schema',
        `schema id ${id}: unknown when last asked, less than ${negativeTtlMs} ms ago`,
      );
    }
    const request = inFlight.get(id) ?? ask(id);
    inFlight.set(id, request);
    return request;
  };
};
