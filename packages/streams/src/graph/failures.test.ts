import { MillraceError } from '@millrace/contracts';
import { expect, test } from 'vitest';
import type { Flow } from '../flow.ts';
import type { OperatorSpec } from '../operator.ts';
import { mapOperator } from '../operators/map.ts';
import { validateOperator } from '../operators/validate.ts';
import { createMemoryKeyedStore } from '../stores/memory-keyed-store.ts';
import { createMemoryTimedStore } from '../stores/memory-timed-store.ts';
import { createGraphBuilder } from './graph-builder.ts';
import { startStage } from './running-stage.ts';
import type { RefusedRecord } from './stage-host.ts';
import { cutIntoStages } from './stages.ts';

/** Hands every record on at once, and again when event time moves. */
const twice: OperatorSpec = {
  kind: 'twice',
  create: ({ emit }) => {
    const seen: Flow[] = [];
    return {
      process(flow) {
        emit(flow);
        seen.push(flow);
        emit(flow);
      },
      advance() {
        for (const flow of seen) emit(flow);
      },
    };
  },
};

const flowOf = (value: unknown): Flow => ({ key: null, value, timeMs: 0, watermarkMs: 0 });

const stageThat = (change: (value: unknown) => unknown, failed?: () => void) =>
  stageWith(mapOperator(change), failed);

const stageWith = (last: OperatorSpec, failed?: () => void) => {
  const graph = createGraphBuilder();
  const source = graph.source('a.b', 'records', {
    disorderMs: 0,
    others: 'refuse',
    longs: 'number',
  });
  const doubled = graph.operator(
    'map',
    () => mapOperator((value) => value),
    [graph.operator('twice', () => twice, [source])],
    'same',
  );
  graph.sink(
    graph.operator(last.kind, () => last, [doubled]),
    'a.c',
  );
  const [stage] = cutIntoStages(graph.build());
  const written: unknown[] = [];
  const failures: { record: RefusedRecord; error: MillraceError }[] = [];
  const rejected: RefusedRecord[] = [];
  const running = startStage(stage!, {
    stores: { keyed: () => createMemoryKeyedStore(), timed: () => createMemoryTimedStore() },
    globalTable: () => createMemoryKeyedStore(),
    output: (_node, flow) => void written.push(flow.value),
    late: () => undefined,
    skipped: () => undefined,
    rejected: (record) => void rejected.push(record),
    origin: () => 'the record at hand',
    failed(record, error) {
      failed?.();
      failures.push({ record, error });
    },
    nowMs: () => 0,
  });
  return { running, written, failures, rejected };
};

const refuseThree = (value: unknown): unknown => {
  if (value === 3) throw new RangeError('three');
  return value;
};

test('what a function throws is named by its operator, after everything else was done with the record', () => {
  const { running, written } = stageThat(refuseThree);
  running.push(0, flowOf(1));
  expect(() => running.push(0, flowOf(3))).toThrow(
    new MillraceError('transform.function-failed', 'map-1: RangeError: three'),
  );
  running.push(0, flowOf(2));
  expect(written).toEqual([1, 1, 2, 2]);
});

test('the operator that handed the record on does not notice, and what it held fails alone', () => {
  const { running, written, failures } = stageThat(refuseThree);
  for (const value of [1, 3, 2]) {
    try {
      running.push(0, flowOf(value));
    } catch {
      // Of the record being pushed; told in the test above.
    }
  }
  written.length = 0;
  running.advance(1);
  expect(written).toEqual([1, 2]);
  expect(failures).toEqual([
    {
      record: { operator: 'map-1', flow: flowOf(3), origin: undefined },
      error: new MillraceError('transform.function-failed', 'map-1: RangeError: three'),
    },
  ]);
});

test.each([
  ['nothing', undefined, 'map-1: undefined'],
  ['null', null, 'map-1: null'],
  ['a text', 'no', 'map-1: no'],
  ['what has no text', Object.create(null), 'map-1: what was thrown has no text'],
])('a function that throws %s fails its record alone', (_what, thrown, told) => {
  const { running, written } = stageThat((value) => {
    if (value === 3) throw thrown;
    return value;
  });
  expect(() => running.push(0, flowOf(3))).toThrow(
    new MillraceError('transform.function-failed', told),
  );
  running.push(0, flowOf(2));
  expect(written).toEqual([2, 2]);
});

test('an error of the platform keeps its code', () => {
  const { running } = stageThat(() => {
    throw new MillraceError('avro.value-invalid', 'no fit');
  });
  expect(() => running.push(0, flowOf(1))).toThrow(
    new MillraceError('avro.value-invalid', 'no fit'),
  );
});

test('a host that throws stops the task', () => {
  let told = 0;
  const { running, written } = stageThat(refuseThree, () => {
    told += 1;
    throw new Error('halt');
  });
  running.push(0, flowOf(1));
  expect(() => running.push(0, flowOf(3))).toThrow('map-1: RangeError: three');
  running.push(0, flowOf(2));
  written.length = 0;
  expect(() => running.advance(1)).toThrow('halt');
  expect(told).toBe(1);
  expect(written).toEqual([1]);
});

test('what is refused is known by the record being pushed, and what had been held by none', () => {
  const { running, rejected } = stageWith(validateOperator(() => 'no'));
  running.push(0, flowOf(1));
  running.advance(1);
  expect(rejected.map(({ origin }) => origin)).toEqual([
    'the record at hand',
    'the record at hand',
    undefined,
  ]);
});
