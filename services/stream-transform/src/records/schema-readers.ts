import type { RecordReader, RegistryClient } from '@millrace/avro';
import { MillraceError } from '@millrace/contracts';
import { type Clock, type Logger, pauseMs } from '@millrace/pipeline';

/** What is done with a record of one schema. */
export type SchemaVerdict =
  | { readonly kind: 'read'; readonly read: RecordReader }
  /** Of another type, and the source wants those passed over. */
  | { readonly kind: 'skip' }
  /** The record cannot be read: it is a dead letter with this reason. */
  | { readonly kind: 'refused'; readonly error: MillraceError };

/**
 * Readers by the schema that a record was written with. Asking is synchronous; a schema that was not seen
 * before is learned first.
 */
export interface SchemaReaders {
  /** Undefined: not known yet. */
  of(schemaId: number): SchemaVerdict | undefined;
  /** Resolves when the schema is known, or is known not to be; waits while the registry is away. */
  learn(schemaId: number, signal: AbortSignal): Promise<void>;
}

export interface SchemaReadersOptions {
  readonly registry: RegistryClient;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a schema id that the registry does not know is asked for, ms. */
  readonly schemaWaitMs: number;
  /** Decides by the schema's document; may throw `avro.schema-unusable`. */
  judge(schemaText: string): SchemaVerdict;
}

/** An id that was not known is asked for again after this: it may have been registered since. */
const UNKNOWN_TTL_MS = 30_000;

export const createSchemaReaders = (options: SchemaReadersOptions): SchemaReaders => {
  const { registry, clock, logger, schemaWaitMs, judge } = options;
  const verdicts = new Map<number, SchemaVerdict>();
  const forgetAtMs = new Map<number, number>();

  const verdictOn = (schemaText: string): SchemaVerdict => {
    try {
      return judge(schemaText);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      return { kind: 'refused', error };
    }
  };

  const learn = async (schemaId: number, signal: AbortSignal): Promise<void> => {
    const deadlineMs = clock.nowMs() + schemaWaitMs;
    for (let tries = 1; !signal.aborted; tries += 1) {
      try {
        const { schemaText } = await registry.schemaById(schemaId);
        verdicts.set(schemaId, verdictOn(schemaText));
        return;
      } catch (error) {
        if (!(error instanceof MillraceError)) throw error;
        const isUnknown = error.code === 'registry.unknown-schema';
        if (!isUnknown && !error.retryable) throw error;
        if (isUnknown && clock.nowMs() >= deadlineMs) {
          verdicts.set(schemaId, { kind: 'refused', error });
          forgetAtMs.set(schemaId, clock.nowMs() + UNKNOWN_TTL_MS);
          return;
        }
        if (tries === 3) logger.warn({ err: error, schemaId }, 'waiting for the schema registry');
        await clock.sleep(pauseMs(RETRY, tries), signal).catch(() => undefined);
      }
    }
  };

  return {
    of(schemaId) {
      const verdict = verdicts.get(schemaId);
      if (verdict?.kind !== 'refused') return verdict;
      const until = forgetAtMs.get(schemaId);
      if (until === undefined || clock.nowMs() < until) return verdict;
      forgetAtMs.delete(schemaId);
      verdicts.delete(schemaId);
      return undefined;
    },
    learn,
  };
};

const RETRY = { initialMs: 100, multiplier: 2, maxMs: 2_000, jitter: 0.5 } as const;

/** The full name that a schema's document gives its record, without parsing the rest. */
export const recordNameIn = (schemaText: string): string => {
  const { name, namespace } = JSON.parse(schemaText) as { name?: string; namespace?: string };
  if (name === undefined || name.includes('.') || namespace === undefined) return name ?? '';
  return `${namespace}.${name}`;
};
