import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readHeaders } from './record-fields.ts';
import { headersBytes, shareHeaders, writeHeaders } from './record-headers.ts';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  // of one unit and two bytes
  fc.string({ unit: fc.constantFrom('a', 'é'), maxLength: 60 }),
);
const headers = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 60 }).filter((name) => name !== '__proto__'),
  fc.oneof(
    text,
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  ),
  { maxKeys: 5 },
);

test('what a record shares and what is its own are read back together, in as many bytes as were measured', () => {
  const option = fc.option(headers, { nil: undefined });
  fc.assert(
    fc.property(option, option, (own, common) => {
      const rest = Object.entries(common ?? {}).filter(([name]) => !(own && name in own));
      const shared = common && shareHeaders(Object.fromEntries(rest));
      const bytes = Buffer.alloc(headersBytes(own, shared) + 1, 0xff);
      expect(writeHeaders(bytes, 0, own, shared)).toBe(bytes.length - 1);
      const read = readHeaders({ bytes, at: 0 });
      const expected = Object.entries({ ...shared?.headers, ...own });
      expect({ ...read }).toEqual(
        Object.fromEntries(expected.map(([name, value]) => [name, Buffer.from(value)])),
      );
    }),
  );
});
