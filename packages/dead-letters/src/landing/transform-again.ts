/** stream-transform as a process that takes dead letters of one transform once more and ends. What came of each it tells on Kafka (`letter-outcomes.ts`). */
import { MillraceError } from '@millrace/contracts';
import { runBounded } from './run-bounded.ts';

export interface TransformAgain {
  readonly transform: string;
  /** The redrive and its batch that asks. */
  readonly redrive: string;
  /** Where the letters stand in `dead.stream-transform`. */
  readonly letters: readonly { readonly partition: number; readonly offset: number }[];
}

/**
 * The same said again sends nothing twice. Rejects with `dead.redrive-failed` when the process ends before each letter has an outcome,
 * also because the signal aborted.
 */
export const runTransformAgain = async (
  { transform, redrive, letters }: TransformAgain,
  signal?: AbortSignal,
): Promise<void> => {
  const byPartition = Map.groupBy(letters, ({ partition }) => partition);
  const places = [...byPartition].map(([partition, some]) => {
    const offsets = some.map(({ offset }) => offset).sort((a, b) => a - b);
    return `${partition}:${offsets.join('+')}`;
  });
  const env = {
    MILLRACE_STREAM_TRANSFORM_ADMIN_PORT: '0',
    MILLRACE_LOG_LEVEL: 'warn',
    MILLRACE_STREAM_TRANSFORM_TRANSFORMS: transform,
    MILLRACE_STREAM_TRANSFORM_AGAIN: places.join(','),
    MILLRACE_STREAM_TRANSFORM_REDRIVE: redrive,
  };
  const code = await runBounded('stream-transform', env, async () => undefined, signal);
  if (code === 0) return;
  throw new MillraceError(
    'dead.redrive-failed',
    `transform ${transform}, which takes letters again, ended with ${code ?? 'a signal'}; its log says why`,
  );
};
