import { expect, test } from 'vitest';
import { createDriver } from '../driver/driver.ts';
import type { Stream } from '../dsl/stream.ts';
import { count } from '../folds/count.ts';
import { transform } from '../transform.ts';
import type { Given } from './testing/windowed.ts';
import { hopping, session, sliding, tumbling, type WindowKind } from './window-kinds.ts';

const windows: readonly [string, WindowKind][] = [
  ['tumbling', tumbling(10)],
  ['hopping', hopping({ size: 10, advance: 5 })],
  ['session', session({ gap: 5 })],
  ['sliding', sliding({ difference: 5 })],
];
const counts = [count<Given>(), { ...count<Given>(), exact: false }];
const candidates = windows.flatMap(([name, window]) =>
  counts.map(
    (records) => [name, records.exact ? 'combined' : 'uncombined', window, records] as const,
  ),
);

test.each(candidates)(
  'a %s window, %s, that closed because all was silent stays closed: what comes for it then is left out',
  (_name, _combined, window, records) => {
    const driver = createDriver(
      transform('idle', ({ from }) => {
        const idle = { after: '30 s', action: 'close' } as const;
        (from('given' as never, { idle }) as unknown as Stream<Given>)
          .keyBy(({ key }) => key)
          .window(window)
          .aggregate({ records })
          .to('results' as never);
      }),
      { partitions: 2 },
    );
    driver.pipe('given', { key: 'a', value: '' }, { timeMs: 1_000, partition: 0 });
    driver.advanceClock(30_000);
    driver.advanceClock(30_000);
    const before = driver.take('results');
    expect(before.length).toBeGreaterThan(0);
    driver.pipe('given', { key: 'a', value: '' }, { timeMs: 1_001, partition: 1 });
    driver.advanceClock(60_000);
    driver.advanceClock(60_000);
    expect(driver.take('results')).toEqual([]);
    // A partial result is judged when its records are read, by a task for which nothing has closed.
    const skipped = Object.entries(driver.skipped).filter(([what]) =>
      /closed-while-idle/.test(what),
    );
    expect(driver.takeLate().length + skipped.length).toBe(1);
  },
);
