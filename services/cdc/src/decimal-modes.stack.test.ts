import { changeTopic } from '@millrace/contracts';
import { readChangeLog, stackUnderTest } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decimalModes } from './columns/column-modes.ts';
import { SPECIAL_VALUES_HEADER } from './steps/encode-change.ts';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

const PATIENCE = { timeout: 60_000, interval: 100 } as const;
const columns = 'n numeric, d numeric(6,4), i numeric(4), l numeric(5,2)[], m money';
const rows = [
  `'1.10', '1.1', '4444', '{1.5,null}', '1234.11'`,
  `'NaN', 'NaN', 'NaN', '{NaN,1}', '-1234.11'`,
  `'Infinity', '-9.9999', '-1', '{}', '-92233720368547758.08'`,
  `'-Infinity', null, null, null, null`,
];
const insert = (from: number): string =>
  rows.map((row, i) => `insert into amounts values (${from + i}, ${row})`).join('; ');

let cdc: CdcUnderTest;
beforeAll(async () => {
  cdc = await createCdcUnderTest('cdc_decimals');
  await cdc.database.query(`create table amounts (id int primary key, ${columns})`);
  await cdc.database.query(insert(0));
  const services = await Promise.all(
    decimalModes.map((mode) =>
      cdc.start({ MILLRACE_CDC_SOURCE: `${cdc.source}_${mode}`, MILLRACE_CDC_DECIMAL: mode }),
    ),
  );
  await Promise.all(services.map((service) => service.ready()));
  await cdc.database.query(insert(rows.length));
});
afterAll(() => cdc.close());

/** Unscaled bytes. */
const hex = (digits: string) => Buffer.from(digits, 'hex');
const { NaN: NOT, POSITIVE_INFINITY: MORE, NEGATIVE_INFINITY: LESS } = Number;
const variable = (scale: number, digits: string) => ({ scale, value: hex(digits) });

/** By mode: the rows, and what their headers name. */
const expected = {
  precise: [
    [
      { n: variable(1, '0b'), d: hex('2af8'), i: hex('115c'), l: [hex('0096'), null] },
      { n: null, d: null, i: null, l: [null, hex('64')] },
      { n: null, d: hex('fe7961'), i: hex('ff'), l: [] },
      { n: null, d: null, i: null, l: null },
    ],
    [undefined, 'n=NaN,d=NaN,i=NaN,l[1]=NaN', 'n=Infinity', 'n=-Infinity'],
    [hex('01e213'), hex('fe1ded'), hex('8000000000000000'), null],
  ],
  double: [
    [
      { n: 1.1, d: 1.1, i: 4444, l: [1.5, null] },
      { n: NOT, d: NOT, i: NOT, l: [NOT, 1] },
      { n: MORE, d: -9.9999, i: -1, l: [] },
      { n: LESS, d: null, i: null, l: null },
    ],
    [undefined, undefined, undefined, undefined],
    [1234.11, -1234.11, Number('-92233720368547758.08'), null],
  ],
  string: [
    [
      { n: '1.10', d: '1.1000', i: '4444', l: ['1.50', null] },
      { n: 'NAN', d: 'NAN', i: 'NAN', l: ['NAN', '1.00'] },
      { n: 'POSITIVE_INFINITY', d: '-9.9999', i: '-1', l: [] },
      { n: 'NEGATIVE_INFINITY', d: null, i: null, l: null },
    ],
    [undefined, undefined, undefined, undefined],
    ['1234.11', '-1234.11', '-92233720368547758.08', null],
  ],
} as const;

test.each(decimalModes)(
  'case 37: NaN, the infinities, decimals and money in decimal mode %s, from snapshot and stream',
  async (mode) => {
    const topic = changeTopic(`${cdc.source}_${mode}`, 'public', 'amounts');
    const changes = () => readChangeLog(stackUnderTest(), topic);
    await expect.poll(async () => (await changes()).length, PATIENCE).toBe(2 * rows.length);
    const seen = (await changes()).map(({ headers, value }) => {
      const { id: _, m, ...row } = { ...value?.after };
      return { row, m, header: headers[SPECIAL_VALUES_HEADER]?.toString() };
    });
    const [numbers, headers, money] = expected[mode];
    for (const half of [seen.slice(0, rows.length), seen.slice(rows.length)]) {
      expect(half.map(({ row }) => row)).toEqual(numbers);
      expect(half.map(({ header }) => header)).toEqual(headers);
      expect(half.map(({ m }) => m)).toEqual(money);
    }
  },
);
