import { expect, test } from 'vitest';
import { ledgerText, parseLedgers } from './stream-history.ts';
import { joined, newLedger, noOffsets } from './watched-stream.ts';

test('a ledger comes back as it was written, sums of 64 bits included', () => {
  const ledger = {
    ...newLedger(5),
    ...{ done: 2 ** 40, hash: 2n ** 64n - 3n, unlocated: 2 },
    missing: { total: 2, ranges: [{ from: 7, to: 8 }] },
  };
  const ledgers = new Map([[3, ledger]]);
  expect(new Map(parseLedgers(ledgerText(ledgers)))).toEqual(ledgers);
});

test('ranges that touch are one, and a hundred are kept while totals go on', () => {
  const one = joined(
    { total: 2, ranges: [{ from: 5, to: 6 }] },
    { total: 1, ranges: [{ from: 7, to: 7 }] },
  );
  expect(one).toEqual({ total: 3, ranges: [{ from: 5, to: 7 }] });
  const far = Array.from({ length: 300 }, (_, index) => ({ from: index * 2, to: index * 2 }));
  const many = joined(noOffsets, { total: 300, ranges: far });
  expect([many.total, many.ranges.length]).toEqual([300, 100]);
});
