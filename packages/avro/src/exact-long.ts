import avro from 'avsc';
import { INT64_MAX, INT64_MIN, writeVarint, writeVarintBigInt } from './varint.ts';

/**
 * A long for avsc that is exact over all 64 bits. avsc's own works in doubles: it corrupts some safe
 * integers without a word (-4503599627370497 comes back as +4503599627370496) and throws beyond 2^53.
 * Values are numbers while they are safe integers and bigints otherwise; writers take both.
 */
export type AvroLong = number | bigint;

/** A zig-zag varint of at most ten bytes; throws a RangeError on a longer one. */
const readVarint = (bytes: Uint8Array): AvroLong => {
  const { length } = bytes;
  if (length <= 4) {
    let bits = 0;
    for (let at = 0; at < length; at++) bits |= (bytes[at]! & 0x7f) << (7 * at);
    return (bits >>> 1) ^ -(bits & 1);
  }
  if (length > 10) throw new RangeError('a long of more than ten bytes');
  let bits = 0n;
  for (let at = length - 1; at >= 0; at--) bits = (bits << 7n) | BigInt(bytes[at]! & 0x7f);
  bits = BigInt.asUintN(64, bits);
  const value = (bits >> 1n) ^ -(bits & 1n);
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : value;
};

const scratch = Buffer.alloc(10);

const isLong = (value: unknown): value is AvroLong =>
  typeof value === 'number'
    ? Number.isSafeInteger(value)
    : typeof value === 'bigint' && value >= INT64_MIN && value <= INT64_MAX;

const exactLong = avro.types.LongType.__with(
  {
    fromBuffer: readVarint,
    toBuffer: (value: AvroLong) => {
      const end =
        typeof value === 'number'
          ? writeVarint(scratch, 0, value)
          : writeVarintBigInt(scratch, 0, value);
      return scratch.subarray(0, end);
    },
    fromJSON: (value: unknown) => value,
    toJSON: (value: unknown) => value,
    isValid: isLong,
    compare: (left: AvroLong, right: AvroLong) => (left < right ? -1 : left > right ? 1 : 0),
  },
  true,
);

/**
 * For avsc's `typeHook`: the exact long wherever a schema says long, also inside named types and under
 * logical types (whose values stay what Avro stores). A `registry` entry would miss those forms.
 */
export const exactLongHook = (schema: unknown): avro.Type | undefined => {
  if (schema === 'long') return exactLong;
  const isLongObject =
    typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'long';
  return isLongObject ? exactLong : undefined;
};
