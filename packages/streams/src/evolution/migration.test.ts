import { expect, test } from 'vitest';
import { createDriver } from '../driver/driver.ts';
import type { Sources } from '../dsl/sources.ts';
import type { KeyedStream, Stream } from '../dsl/stream.ts';
import { count } from '../folds/count.ts';
import type { Folds } from '../folds/fold.ts';
import { sum } from '../folds/sum.ts';
import { keyedState } from '../operators/process.ts';
import { type TransformOptions, transform } from '../transform.ts';
import { tumbling } from '../windows/window-kinds.ts';
import { keepFolds, planMigration } from './migration.ts';
import type { Migrations } from './migrations.ts';
import type { TransformShape } from './transform-shape.ts';

interface Reading {
  readonly sensor: string;
  readonly value: number;
}

const readings = ({ from }: Sources): KeyedStream<Reading> =>
  (from('in' as never, { time: 'at' as never }) as unknown as Stream<Reading>).keyBy(
    ({ sensor }) => sensor,
  );

const counted = (folds: Folds<Reading>, size: '10 s' | '5 s', options: TransformOptions = {}) =>
  transform(
    'counts',
    (sources) =>
      readings(sources)
        .window(tumbling(size))
        .aggregate(folds, { name: 'counts' })
        .to('out' as never),
    options,
  );

const total = sum(({ value }: Reading) => value);
const before = { readings: count<Reading>() };
const after = { total, readings: count<Reading>() };
const migrating = (migrate: Migrations): TransformOptions => ({
  version: 2,
  onChange: { migrate },
});

const send = (driver: ReturnType<typeof createDriver>, ...at: readonly number[]) => {
  for (const second of at) driver.pipe('in', { sensor: 's1', at: second * 1_000, value: 5 });
};

test('open windows keep what folds of before have counted, and new folds begin with the next record', () => {
  const old = createDriver(counted(before, '10 s'));
  send(old, 1, 2);
  const driver = old.changeTo(counted(after, '10 s', migrating({ counts: keepFolds(before) })));
  send(driver, 3, 10);
  expect(driver.take('out')).toMatchObject([{ value: { value: { readings: 3, total: 5 } } }]);
});

test('a change that no migration covers is refused: of a window, of a store that is not named, of one that is what it was', () => {
  const change = (
    to: Parameters<typeof counted>[1],
    folds: Folds<Reading>,
    migrate: Migrations,
  ) => {
    const old = createDriver(counted(before, '10 s'));
    return () => old.changeTo(counted(folds, to, migrating(migrate)));
  };
  const counts = keepFolds(before);
  expect(change('10 s', after, {})).toThrow(/counts holds '.*' and is now to hold/);
  expect(change('5 s', after, { counts })).toThrow(/more has changed than folds/);
  expect(change('10 s', before, { counts })).toThrow(/nothing to migrate in counts/);
  const old = createDriver(counted(before, '10 s'));
  const { onChange } = migrating({ counts });
  expect(() => old.changeTo(counted(after, '10 s', { onChange: onChange! }))).toThrow(
    'Raise version',
  );
});

test('values of a store of one’s own are rewritten by key, those for which nothing comes back are left out', () => {
  const last = (shape: string, options: TransformOptions = {}) =>
    transform(
      'last',
      (sources) =>
        readings(sources)
          .process(
            {
              stores: { last: keyedState<unknown>(shape) },
              onRecord: ({ value }, { key, stores }) => {
                const known = stores.last.get(key);
                stores.last.set(key, shape === 'v1' ? value : { value });
                return known === undefined ? [] : [known];
              },
            },
            { name: 'keep' },
          )
          .to('out' as never),
      options,
    );
  const old = createDriver(last('v1'), { partitions: 2 });
  for (const sensor of ['s1', 's2', 's3']) old.pipe('in', { sensor, at: 0, value: 7 });
  const migrate: Migrations = {
    'keep-last': (value: number, { key }) => (key === 's2' ? undefined : { value, of: key }),
  };
  const driver = old.changeTo(last('v2', migrating(migrate)));
  for (const sensor of ['s1', 's2', 's3']) driver.pipe('in', { sensor, at: 1, value: 8 });
  expect(driver.take('out').map(({ value }) => value)).toEqual([
    { value: 7, of: 's1' },
    { value: 7, of: 's3' },
  ]);
  expect(driver.state('keep-last').map(({ value }) => value)).toEqual(Array(3).fill({ value: 8 }));
});

test('each migration of a store is one generation', () => {
  const shape = (text: string, generation?: number): TransformShape => ({
    ...{ version: 1, partitions: {} },
    stores: {
      kept: { operator: 'o', kind: 'keyed', shape: text, ...(generation && { generation }) },
    },
  });
  const generation = (one: TransformShape) =>
    planMigration(one, shape('new'), { kept: (old) => old }).stores.get('kept')?.generation;
  expect([generation(shape('old')), generation(shape('old', 3))]).toEqual([1, 4]);
});
