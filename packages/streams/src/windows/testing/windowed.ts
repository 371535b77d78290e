import { createDriver } from '../../driver/driver.ts';
import type { AggregateOptions, Stream } from '../../dsl/stream.ts';
import { fold } from '../../folds/custom.ts';
import type { Fold } from '../../folds/fold.ts';
import { transform } from '../../transform.ts';
import type { WindowKind } from '../window-kinds.ts';
import type { WindowResult } from '../window-result.ts';

/** A record as the cases are written: its key, value and time. */
export interface Given {
  readonly key: string | null;
  readonly value: string | null;
}

/** Texts joined by `+` in the order in which they come, beginning with a 0. */
export const joined: Fold<Given, string> = fold({
  init: () => '0',
  add: (text: string, { value }: Given) => `${text}+${value}`,
});

/** One aggregate over windows, driven record by record; results as `key[start,end)=value@time`. */
export const windowed = (
  window: WindowKind,
  of: Fold<Given, unknown>,
  options: AggregateOptions = {},
) => {
  const driver = createDriver(
    transform('cases', ({ from }) => {
      const given = from('given' as never, { time: 'time' as never }) as unknown as Stream<Given>;
      given
        .keyBy(({ key }) => key)
        .window(window)
        .aggregate({ value: of }, options)
        .to('results' as never);
    }),
  );
  return {
    driver,
    pipe(key: string | null, value: string | null, timeMs: number) {
      driver.pipe('given', { key, value }, { timeMs });
    },
    take: () =>
      driver.take('results').map(({ value, timeMs }) => {
        const { key, window, value: result } = value as WindowResult<{ value: unknown } | null>;
        const bounds = `[${window.startMs},${window.endMs})`;
        return `${key}${bounds}=${result === null ? null : result.value}@${timeMs}`;
      }),
  };
};
