import { expect, test } from 'vitest';
import type { OperatorContext, OperatorSpec } from '../operator.ts';
import { filterOperator } from './filter.ts';
import { flatMapOperator } from './flat-map.ts';
import { mapOperator } from './map.ts';

/** As a person writes it whose editor does not check types. */
const rejected = (async () => {
  throw new Error('away');
}) as unknown as () => never;

test.each<[string, OperatorSpec]>([
  ['map', mapOperator(rejected)],
  ['filter', filterOperator(rejected)],
  ['flatMap', flatMapOperator(rejected)],
])(
  'an async function in %s fails its record, and its rejection ends nothing',
  async (_name, spec) => {
    const handedOn: unknown[] = [];
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const operator = spec.create({ emit: (flow) => void handedOn.push(flow) } as OperatorContext);
    const flow = { key: 'k', value: 1, timeMs: 0, watermarkMs: 0 };
    expect(() => operator.process(flow, 0)).toThrow('the function answered with a promise');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect([handedOn, unhandled]).toEqual([[], []]);
  },
);
