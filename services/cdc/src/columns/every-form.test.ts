import { compileReader } from '@millrace/avro';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createAvroOutput } from './avro-output.ts';
import { codecForType, type TypeFacts } from './codec-for-type.ts';
import { type ColumnModes, defaultModes } from './column-modes.ts';

const base = (name: string): TypeFacts => ({ oid: 1, name, kind: 'base' });

const codecOf = (
  name: string,
  isArray = false,
  modifier = -1,
  modes: Partial<ColumnModes> = {},
) => {
  const array: TypeFacts = { oid: 2, name: `_${name}`, kind: 'array', of: 1 };
  const types = new Map([base(name), array].map((type) => [type.oid, type]));
  return codecForType(types, isArray ? 2 : 1, modifier, { ...defaultModes, ...modes });
};

/** What is written when `write` is done, as bytes and as a consumer reads it. */
const written = (
  codec: ReturnType<typeof codecOf>,
  write: (out: ReturnType<typeof createAvroOutput>) => void,
) => {
  const out = createAvroOutput(Buffer.alloc(65_536));
  write(out);
  const bytes = Buffer.from(out.bytes.subarray(0, out.position));
  return { bytes, value: compileReader(JSON.stringify(codec.schema))(bytes) };
};
const fromText = (codec: ReturnType<typeof codecOf>, text: string) =>
  written(codec, (out) => codec.write(out, Buffer.from(text), 0, Buffer.byteLength(text)));
const fromBinary = (codec: ReturnType<typeof codecOf>, bytes: Buffer) =>
  // a value stands in the middle of a message
  written(codec, (out) =>
    codec.writeBinary?.(out, Buffer.concat([Buffer.from([7]), bytes]), 1, bytes.length),
  );

const int32 = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [i, number] of numbers.entries()) bytes.writeInt32BE(number, 4 * i);
  return bytes;
};
const doubles = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(8 * numbers.length);
  for (const [i, number] of numbers.entries()) bytes.writeDoubleBE(number, 8 * i);
  return bytes;
};
const sized = (text: string | null): Buffer =>
  text === null ? int32(-1) : Buffer.concat([int32(Buffer.byteLength(text)), Buffer.from(text)]);

describe('text and binary form give the same bytes', () => {
  test('bit strings, least significant bit first', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('0', '1'), { maxLength: 70 }), (letters) => {
        const text = letters.join('');
        const packed = letters.length === 0 ? '' : text.padEnd(Math.ceil(text.length / 8) * 8, '0');
        const bytes = Buffer.from(
          (packed.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)),
        );
        const codec = codecOf('varbit');
        const { bytes: avro, value } = fromText(codec, text);
        expect(fromBinary(codec, Buffer.concat([int32(text.length), bytes])).bytes).toEqual(avro);
        const number = BigInt(
          `0x0${Buffer.from(value as Buffer)
            .reverse()
            .toString('hex')}`,
        );
        expect(number).toBe(BigInt(`0b0${text}`));
      }),
    );
  });

  test('arrays of text with nulls, quotes and braces, of up to three dimensions', () => {
    const item = fc.option(fc.string({ unit: 'grapheme' }));
    const quoted = (text: string | null): string =>
      text === null ? 'NULL' : `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
    fc.assert(
      fc.property(fc.array(item, { maxLength: 6 }), fc.nat(2), (items, more) => {
        const codec = codecOf('text', true);
        const dimensions = items.length === 0 ? 0 : 1 + more;
        const sizes = [...Array<number>(more).fill(1), items.length].slice(0, dimensions);
        const text = `${'{'.repeat(dimensions || 1)}${items.map(quoted).join(',')}${'}'.repeat(dimensions || 1)}`;
        const header = int32(dimensions, 1, 25, ...sizes.flatMap((size) => [size, -3]));
        const { bytes, value } = fromText(codec, text);
        expect(value).toEqual(items);
        expect(fromBinary(codec, Buffer.concat([header, ...items.map(sized)])).bytes).toEqual(
          bytes,
        );
      }),
    );
  });

  test('hstore as JSON and as a map', () => {
    // the reader of this test makes plain objects, which cannot have such a key of their own
    const keys = fc.string().filter((key) => key !== '__proto__');
    const pairs = fc.dictionary(keys, fc.option(fc.string()), { noNullPrototype: true });
    const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
    fc.assert(
      fc.property(pairs, fc.constantFrom('json' as const, 'map' as const), (record, hstore) => {
        const codec = codecOf('hstore/hstore', false, -1, { hstore });
        const entries = Object.entries(record);
        const text = entries.map(([k, v]) => `${quoted(k)}=>${v === null ? 'NULL' : quoted(v)}`);
        const binary = [int32(entries.length), ...entries.flatMap((pair) => pair.map(sized))];
        const { bytes, value } = fromText(codec, text.join(', '));
        expect(fromBinary(codec, Buffer.concat(binary)).bytes).toEqual(bytes);
        const read =
          typeof value === 'string'
            ? JSON.parse(value)
            : value instanceof Map
              ? Object.fromEntries(value)
              : value;
        expect(Object.entries(read)).toEqual(entries);
      }),
    );
  });

  test('geometric types', () => {
    for (const [name, text, binary] of [
      ['point', '(1.5,-2)', doubles(1.5, -2)],
      ['line', '{1,-1,1e-10}', doubles(1, -1, 1e-10)],
      ['lseg', '[(0,0),(1,Infinity)]', doubles(0, 0, 1, Number.POSITIVE_INFINITY)],
      ['box', '(1,1),(0,0)', doubles(1, 1, 0, 0)],
      ['circle', '<(1,2),3>', doubles(1, 2, 3)],
      ['path', '[(1,2),(3,4)]', Buffer.concat([Buffer.from([0]), int32(2), doubles(1, 2, 3, 4)])],
      ['path', '((1,2))', Buffer.concat([Buffer.from([1]), int32(1), doubles(1, 2)])],
      ['polygon', '((1,2),(3,4),(5,6))', Buffer.concat([int32(3), doubles(1, 2, 3, 4, 5, 6)])],
    ] as const) {
      const codec = codecOf(name);
      expect(fromBinary(codec, binary).bytes, text).toEqual(fromText(codec, text).bytes);
    }
  });

  test('uuid, jsonb and bytea in each of its modes', () => {
    const uuid = '9e107d9d-3721-4d4b-a5f0-0b1c2d3e4f50';
    expect(fromBinary(codecOf('uuid'), Buffer.from(uuid.replaceAll('-', ''), 'hex')).value).toBe(
      uuid,
    );
    const json = '{"n": 12345678901234567890.10}';
    expect(fromBinary(codecOf('jsonb'), Buffer.from(`\x01${json}`)).value).toBe(json);
    expect(() => fromBinary(codecOf('jsonb'), Buffer.from(`\x02${json}`))).toThrow(/jsonb/);
    for (const [binary, expected] of [
      ['base64', '+/8='],
      ['base64-url-safe', '-_8='],
      ['hex', 'fbff'],
    ] as const) {
      const codec = codecOf('bytea', false, -1, { binary });
      expect(fromText(codec, '\\xfbff').value).toBe(expected);
      expect(fromBinary(codec, Buffer.from('fbff', 'hex')).value).toBe(expected);
    }
  });
});

describe('extensions that may not be installed', () => {
  // SRID=4326;POINT(1 2) and POINT(1 2), as PostGIS prints them
  const withSrid = '0101000020E6100000000000000000F03F0000000000000040';
  const without = '0101000000000000000000F03F0000000000000040';
  test('PostGIS: EWKB as it is, and its SRID', () => {
    const geometry = codecOf('postgis/geometry');
    const { bytes, value } = fromText(geometry, withSrid);
    expect(value).toEqual({ wkb: Buffer.from(withSrid, 'hex'), srid: 4326, extensions: null });
    expect(fromBinary(geometry, Buffer.from(withSrid, 'hex')).bytes).toEqual(bytes);
    const plain = { wkb: Buffer.from(without, 'hex'), srid: null };
    expect(fromText(codecOf('postgis/geography'), without).value).toEqual(plain);
    expect(() => fromText(geometry, '0101')).toThrow(/geometry/);
  });

  test('pgvector: vector, halfvec and sparsevec', () => {
    expect(fromText(codecOf('vector/vector'), '[1,-2.5,3e-05]').value).toEqual([1, -2.5, 3e-5]);
    expect(fromText(codecOf('vector/halfvec'), '[1,0.5]').value).toEqual([1, 0.5]);
    expect(fromText(codecOf('vector/sparsevec'), '{1:0.5,3:2}/5').value).toEqual({
      dimensions: 5,
      vector: [
        { key: 1, value: 0.5 },
        { key: 3, value: 2 },
      ],
    });
  });
});

test('what was not sent of a TOASTed value is Debezium’s stand-in, by type', () => {
  const standIn = '__debezium_unavailable_value';
  const letters = [...Buffer.from(standIn)];
  const unavailable = (...of: Parameters<typeof codecOf>) => {
    const codec = codecOf(...of);
    return written(codec, (out) => codec.writeUnavailable?.(out)).value;
  };
  for (const name of ['text', 'json', 'jsonb', 'xml', 'tsvector', 'int4range', 'public.any']) {
    expect(unavailable(name)).toBe(standIn);
    expect(unavailable(name, true)).toEqual([standIn]);
  }
  expect(unavailable('bytea')).toEqual(Buffer.from(standIn));
  expect(unavailable('bytea', false, -1, { binary: 'base64' })).toBe(standIn);
  for (const name of ['int4', 'int8', 'date']) expect(unavailable(name, true)).toEqual(letters);
  // nameUUIDFromBytes of the stand-in
  expect(unavailable('uuid', true)).toEqual([expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-3/)]);
  expect(unavailable('hstore/hstore')).toBe(`{"${standIn}":"${standIn}"}`);
  expect(codecOf('float8', true).writeUnavailable).toBeUndefined();
});

test('values that are not of their form are refused in binary too', () => {
  for (const [name, bytes] of [
    ['uuid', Buffer.alloc(15)],
    ['varbit', Buffer.concat([int32(9), Buffer.alloc(1)])],
    ['hstore/hstore', int32(1, 100)],
    ['path', Buffer.concat([Buffer.from([1]), int32(1), doubles(1)])],
    ['box', doubles(1, 2, 3)],
  ] as const) {
    expect(() => fromBinary(codecOf(name), bytes), name).toThrow(
      expect.objectContaining({ code: 'cdc.value-invalid' }),
    );
  }
  for (const header of [
    int32(1, 0),
    int32(1, 0, 25, 5, 1),
    int32(7, 0, 25),
    int32(1, 0, 25, 1, 1, 9),
  ]) {
    expect(() => fromBinary(codecOf('text', true), header)).toThrow(/array/);
  }
});
