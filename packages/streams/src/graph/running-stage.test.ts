import { expect, test } from 'vitest';
import { createDriver } from '../driver/driver.ts';
import type { Stream } from '../dsl/stream.ts';
import type { OperatorSpec } from '../operator.ts';
import { mapOperator } from '../operators/map.ts';
import { transform } from '../transform.ts';

/** Hands records on with what event time was when they came. */
const stamped: OperatorSpec = {
  kind: 'stamp',
  create: ({ emit }) => {
    let reachedMs = 0;
    return {
      process: (flow) => emit({ ...flow, value: `${flow.value} at ${reachedMs}` }),
      advance(watermarkMs) {
        reachedMs = watermarkMs;
      },
    };
  },
};

test('event time does not pass records that an asynchronous operator still has', async () => {
  const driver = createDriver(
    transform('enriched', ({ from }) => {
      const looked = (from('a' as never) as unknown as Stream<string>).enrich(
        async (value) => value,
      );
      const { graph, output } = looked.place;
      graph.sink(
        graph.operator('stamp', () => stamped, [output]),
        'b',
      );
    }),
  );
  driver.pipe('a', 'first', { timeMs: 100 });
  driver.pipe('a', 'second', { timeMs: 200 });
  await driver.settle();
  driver.pipe('a', 'third', { timeMs: 200 });
  await driver.settle();
  expect(driver.take('b').map(({ value }) => value)).toEqual([
    'first at 0',
    'second at 0',
    'third at 200',
  ]);
});

test('the watermark of an output lies behind that of the task by what operators on the way hold', () => {
  const later: OperatorSpec = { ...mapOperator((value) => value), watermarkDelayMs: 30 };
  const driver = createDriver(
    transform('delayed', ({ from }) => {
      const source = (from('a' as never) as unknown as Stream<string>).place;
      const { graph } = source;
      const delayed = graph.repartition(graph.operator('later', () => later, [source.output]));
      graph.sink(
        graph.operator('stamp', () => stamped, [delayed]),
        'b',
      );
    }),
  );
  driver.pipe('a', 'first', { timeMs: 100 });
  driver.pipe('a', 'second', { timeMs: 200 });
  expect(driver.take('b').map(({ value }) => value)).toEqual(['first at 0', 'second at 70']);
});
