import type { NameOperator } from '../operator.ts';
import type { KeyedStoreSpec, TimedStoreSpec } from '../stores/store.ts';
import type { ForeignKeyAnswer } from './foreign-key-messages.ts';

/** What was last handed on of a left row. */
interface Result {
  readonly version: number;
  /** A result was handed on and has not been taken away. */
  readonly there: boolean;
  /** The left row is gone, and its version is kept only to tell old answers. */
  readonly gone: boolean;
}

/**
 * How long the version of a row that is gone is kept after the watermark has passed its going, ms. The
 * watermark alone is enough unless a partition that was idle, and is not waited for, still has answers.
 */
const GONE_KEPT_MS = 3_600_000;

/**
 * Takes the answers for each left row and hands on what is newest: one that was worked out for an earlier
 * version of the row, and came late from another partition, is left out.
 */
export const foreignKeyResultsOperator = (): NameOperator => (name) => {
  const resultsSpec: KeyedStoreSpec<Result> = { kind: 'keyed', name, shape: 'result:v1' };
  const goneSpec: TimedStoreSpec<number> = {
    kind: 'timed',
    name: `${name}-gone`,
    shape: 'version:v1',
  };
  return {
    kind: 'foreign-key-results',
    stores: [resultsSpec, goneSpec],
    create: ({ keyed, timed, emit, skip }) => {
      const results = keyed(resultsSpec);
      const gone = timed(goneSpec);
      return {
        process: (flow) => {
          const { timeMs, watermarkMs } = flow;
          const key = flow.key!;
          const answer = flow.value as ForeignKeyAnswer;
          const known = results.get(key);
          if (known !== undefined && answer.version < known.version) {
            skip('out-of-date');
            return;
          }
          const there = answer.value !== null;
          results.set(key, { version: answer.version, there, gone: answer.gone });
          if (answer.gone) {
            gone.set(Math.max(timeMs, watermarkMs) + GONE_KEPT_MS, key, answer.version);
          }
          if (there || known?.there) emit({ key, value: answer.value, timeMs, watermarkMs });
        },
        advance(watermarkMs) {
          const firstMs = gone.firstTimeMs();
          if (firstMs === undefined || firstMs >= watermarkMs) return;
          for (const timeMs of gone.times(undefined, watermarkMs)) {
            for (const [key, version] of gone.at(timeMs)) {
              const result = results.get(key);
              if (result?.gone && result.version === version) results.delete(key);
            }
          }
          gone.dropBefore(watermarkMs);
        },
      };
    },
  };
};
