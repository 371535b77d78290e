import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eachHeaderTexts } from './header-texts.ts';
import { recordRows } from './record-rows.ts';

const wanted = ['ce_id', 'ce_of', 'other'];
const name = fc.constantFrom('ce_id', 'ce_of', 'ce_ix', 'ce_id_', 'other', '');
const headers = fc.dictionary(name, fc.string({ unit: 'grapheme', maxLength: 40 }));

test('they are what the headers of each record say, of those that are asked for', () => {
  fc.assert(
    fc.property(fc.array(headers, { maxLength: 20 }), (all) => {
      const rows = recordRows(
        all.map((one, offset) => ({
          ...{ offset, timestampMs: 0, key: null, value: Buffer.from('v') },
          headers: Object.fromEntries(
            Object.entries(one).map(([key, text]) => [key, Buffer.from(text)]),
          ),
        })),
      );
      const found: (string | undefined)[][] = [];
      eachHeaderTexts(rows, wanted, (texts) => found.push([...texts]));
      expect(found).toEqual(
        Array.from(rows, (record) => wanted.map((key) => record.headers[key]?.toString())),
      );
    }),
  );
});

test('headers that do not end where their record does are refused', () => {
  const record = { offset: 7, timestampMs: 0, key: null, value: null };
  const rows = recordRows([{ ...record, headers: { ce_id: Buffer.from('a') } }]);
  const { pack } = rows.spans[0]!;
  pack.bytes[pack.valueEnds[0]!] = 0;
  expect(() => eachHeaderTexts(rows, wanted, () => undefined)).toThrow(/offset 7/);
});
