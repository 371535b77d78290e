import { expect, test } from 'vitest';
import type { OperatorContext, OperatorSpec } from './operator.ts';
import { branchOperator } from './operators/branch.ts';
import { filterOperator } from './operators/filter.ts';
import { flatMapOperator } from './operators/flat-map.ts';
import { keyByOperator } from './operators/key-by.ts';
import { mapOperator } from './operators/map.ts';
import { peekOperator } from './operators/peek.ts';
import { processOperator } from './operators/process.ts';
import { validateOperator } from './operators/validate.ts';

/** As a person writes it whose editor does not check types. */
const rejected = (async () => {
  throw new Error('away');
}) as unknown as () => never;

test.each<[string, OperatorSpec]>([
  ['map', mapOperator(rejected)],
  ['filter', filterOperator(rejected)],
  ['flatMap', flatMapOperator(rejected)],
  ['peek', peekOperator(rejected)],
  ['validate', validateOperator(rejected)],
  ['branch', branchOperator({ one: rejected })],
  ['keyBy', keyByOperator(rejected)],
  ['process', processOperator({ onRecord: rejected })('process-1')],
])(
  'an async function in %s fails its record, and its rejection ends nothing',
  async (_name, spec) => {
    const handedOn: unknown[] = [];
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const emit: OperatorContext['emit'] = (flow) => void handedOn.push(flow);
    const operator = spec.create({ emit, watermarkMs: () => 0 } as OperatorContext);
    const flow = { key: 'k', value: 1, timeMs: 0, watermarkMs: 0 };
    expect(() => operator.process(flow, 0)).toThrow('the function answered with a promise');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect([handedOn, unhandled]).toEqual([[], []]);
  },
);
