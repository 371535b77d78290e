import type { Claim } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { createClaimRangeStep } from './claim-range.ts';

const identity = { topic: 't', partition: 0, term: 1 };
const { signal } = new AbortController();
const claim: Claim = {
  ...{ from: 4, to: 9, atMs: 0, table: 't_raw' },
  ...{ deadSchemas: [], deadOffsets: [], transactional: false },
};

function recordOrder() {
  const order: string[] = [];
  const step = createClaimRangeStep(
    async (_identity, { offset }) => {
      order.push(`commit ${offset}`);
      return { kind: 'committed', nowMs: 0 };
    },
    {
      open: async () => {
        order.push('open');
      },
    },
  );
  return { order, step };
}

test('a claim is committed at the offset where its range begins', async () => {
  const { order, step } = recordOrder();
  await step(identity, claim, signal);
  expect(order).toEqual(['commit 4']);
});

test('a claim with dead records takes the transactional id over before it is committed', async () => {
  const { order, step } = recordOrder();
  await step(identity, { ...claim, transactional: true }, signal);
  expect(order).toEqual(['open', 'commit 4']);
});
