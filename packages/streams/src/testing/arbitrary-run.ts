import fc from 'fast-check';
import type { OperatorRun } from './run-operator.ts';

/** Two inputs of one or two partitions with few keys, times close together and often the same; every value is another. */
export const arbitraryRun: fc.Arbitrary<OperatorRun & { readonly otherSteps: readonly number[] }> =
  fc.record({
    inputs: fc
      .array(
        fc.array(
          fc.array(
            fc.record({
              key: fc.constantFrom('a', 'b'),
              timeMs: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom(9, 10, 30)),
            }),
            { maxLength: 25 },
          ),
          { minLength: 1, maxLength: 2 },
        ),
        { minLength: 2, maxLength: 2 },
      )
      .map((inputs) =>
        inputs.map((partitions, port) =>
          partitions.map((records, partition) =>
            records.map((record, at) => ({
              ...record,
              value: `${'LR'[port]}${partition}.${at}`,
            })),
          ),
        ),
      ),
    disorderMs: fc.constantFrom(0, 5, 60),
    steps: fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 }),
    otherSteps: fc.array(fc.nat(1000), { minLength: 1, maxLength: 60 }),
  });
