import { compileReader } from '@millrace/avro';
import { parseAvroSchema } from '@millrace/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAvroOutput } from './avro-output.ts';
import { codecForType, type TypeFacts } from './codec-for-type.ts';
import { defaultModes } from './column-modes.ts';

const base = (name: string, oid = 1): TypeFacts => ({ oid, name, kind: 'base' });

/** The value that a consumer reads for a PostgreSQL text of the type. */
const roundTrip = (facts: readonly TypeFacts[], text: string, modifier = -1): unknown => {
  const types = new Map(facts.map((type) => [type.oid, type]));
  const codec = codecForType(types, facts[0]?.oid ?? 0, modifier, defaultModes);
  const out = createAvroOutput(Buffer.alloc(4096));
  const source = Buffer.from(`<${text}>`);
  codec.write(out, source, 1, source.length - 2);
  return compileReader(JSON.stringify(codec.schema))(
    Buffer.from(out.bytes.subarray(0, out.position)),
  );
};
const value = (name: string, text: string, modifier = -1): unknown =>
  roundTrip([base(name)], text, modifier);
const modifierOf = (precision: number, scale: number): number =>
  ((precision << 16) | (scale & 0x7ff)) + 4;
const unscaled = (bytes: unknown): bigint => {
  const buffer = Buffer.from(bytes as Buffer);
  return BigInt.asIntN(buffer.length * 8, BigInt(`0x${buffer.toString('hex')}`));
};

describe('codecs', () => {
  test('every 64-bit integer comes through exactly', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (number) => {
        expect(BigInt(value('int8', String(number)) as number)).toBe(number);
      }),
    );
  });

  test('every decimal comes through exactly, with its declared scale', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 40n), 10n ** 40n), fc.nat(12), (number, scale) => {
        const digits = (number < 0n ? -number : number).toString().padStart(scale + 1, '0');
        const cut = digits.length - scale;
        const text = `${number < 0n ? '-' : ''}${digits.slice(0, cut)}${scale > 0 ? `.${digits.slice(cut)}` : ''}`;
        expect(unscaled(value('numeric', text, modifierOf(41, scale)))).toBe(number);
        const free = value('numeric', text) as { scale: number; value: Buffer };
        // as in Debezium zeros at the end are left out: the number is the same
        expect(unscaled(free.value) * 10n ** BigInt(scale - free.scale)).toBe(number);
      }),
    );
  });

  test.each([
    ['a negative scale', '1234500', 5, -2, { precision: 7, scale: 0 }, 1_234_500n],
    ['a scale beyond the precision', '-0.00999', 3, 5, { precision: 5, scale: 5 }, -999n],
    ['a scale of thousands', '-99000', 2, -3, { precision: 5, scale: 0 }, -99_000n],
  ])(
    '%s is a decimal that Avro knows, with every value',
    (_, text, precision, scale, form, number) => {
      const typeModifier = modifierOf(precision, scale);
      const { schema } = codecForType(
        new Map([[1, base('numeric')]]),
        1,
        typeModifier,
        defaultModes,
      );
      expect(parseAvroSchema(schema)).toMatchObject({ logical: { name: 'decimal', ...form } });
      expect(unscaled(value('numeric', text, typeModifier))).toBe(number);
    },
  );

  test('every date of the calendar is its number of days', () => {
    const range = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z') };
    fc.assert(
      fc.property(fc.date({ ...range, noInvalidDate: true }), (date) => {
        const days = Math.floor(date.getTime() / 86_400_000);
        const text = new Date(days * 86_400_000).toISOString().slice(0, 10);
        expect(value('date', text)).toBe(days);
      }),
    );
    expect(value('date', '0001-01-01 BC')).toBe(-719528);
    expect(value('date', '12026-01-01')).toBe(3672879);
  });

  test('times, zoned times and timestamps', () => {
    expect(value('time', '24:00:00')).toBe(86_400_000_000);
    expect(value('time', '01:02:03.004', 3)).toBe(3_723_004);
    expect(value('timetz', '00:30:00+01')).toBe('23:30:00Z');
    expect(value('timetz', '10:00:00.5-09:30')).toBe('19:30:00.5Z');
    expect(value('timestamp', '2026-11-22 20:50:01.5')).toBe(1_795_380_601_500_000);
    expect(value('timestamp', '294246-12-31 23:59:59.999999')).toBe(9223371244799999999n);
    expect(value('timestamptz', '2026-11-22 20:50:01+00')).toBe('2026-11-22T20:50:01.000000Z');
    expect(value('timestamptz', '2026-11-22 20:50:01.12+00', 2)).toBe('2026-11-22T20:50:01.12Z');
    expect(value('timestamptz', '2026-11-22 20:50:01+00', 0)).toBe('2026-11-22T20:50:01Z');
    expect(value('timestamptz', '0044-03-15 12:00:00+00 BC', 0)).toBe('-0043-03-15T12:00:00Z');
    expect(value('timestamptz', '12026-01-01 00:00:00+00', 0)).toBe('+12026-01-01T00:00:00Z');
  });

  test('intervals count a month as 30.4375 days', () => {
    expect(value('interval', 'P1Y2M3DT4H5M6.78S')).toBe(37_091_106_780_000);
    expect(value('interval', 'PT-0.5S')).toBe(-500_000);
  });

  test('arrays: quotes, escapes, nulls, bounds and dimensions', () => {
    const ofText = [{ oid: 2, name: '_text', kind: 'array', of: 1 } as const, base('text')];
    expect(roundTrip(ofText, '{a,"b,\\"c\\\\",NULL,"NULL",""}')).toEqual([
      'a',
      'b,"c\\',
      null,
      'NULL',
      '',
    ]);
    expect(roundTrip(ofText, '{}')).toEqual([]);
    const ofInt = [{ oid: 2, name: '_int4', kind: 'array', of: 1 } as const, base('int4')];
    expect(roundTrip(ofInt, '[0:1]={1,-2}')).toEqual([1, -2]);
    expect(roundTrip(ofInt, '{{1,2},{3,NULL}}')).toEqual([1, 2, 3, null]);
  });

  test('domains are their base type; unknown types are text', () => {
    const domain = {
      oid: 2,
      name: 'public.price',
      kind: 'domain',
      of: 1,
      ofModifier: modifierOf(6, 2),
    } as const;
    expect(unscaled(roundTrip([domain, base('numeric')], '1.25'))).toBe(125n);
    expect(value('tsvector', "'a' 'b'")).toBe("'a' 'b'");
    // a type of a user's schema that bears a built-in's name is not that type
    expect(value('public.date', 'whatever')).toBe('whatever');
  });

  test('text that is not of its type is refused, not guessed', () => {
    for (const [name, text] of [
      ['int4', '1x'],
      ['int8', ''],
      ['bool', 'maybe'],
      ['date', '2026-1-1'],
      ['numeric', '1e5'],
      ['bytea', '\\x0'],
      ['timestamptz', '2026-11-22 20:50:01+02'],
      ['float8', 'x'],
      ['interval', '1 day'],
    ] as const) {
      expect(() => value(name, text)).toThrow(
        expect.objectContaining({ code: 'cdc.value-invalid' }),
      );
    }
  });
});
