/**
 * State as bytes: numbers of variable length, little more. Integers are zig-zag numbers in groups of 7 bits,
 * as Avro and Protocol Buffers write them, to the full 53 bits of a double.
 */
export interface StateWriter {
  integer(value: number): void;
  /** Any value of `Scalar`. */
  scalar(value: Scalar): void;
  double(value: number): void;
  /** What has been written since the last call: valid until something is written again. */
  take(): Uint8Array;
}

export interface StateReader {
  /** Reads from the beginning of these bytes. */
  open(bytes: Uint8Array): void;
  integer(): number;
  scalar(): Scalar;
  double(): number;
}

export type Scalar = number | bigint | string | boolean | null;

const NULL = 0;
const FALSE = 1;
const TRUE = 2;
const INTEGER = 3;
const DOUBLE = 4;
const BIGINT = 5;
const TEXT = 6;

const HIGH_BIT = 0x80;
const LOW_BITS = 0x7f;

const isZigZagSafe = (value: number): boolean =>
  Number.isInteger(value) &&
  Math.abs(value) <= Number.MAX_SAFE_INTEGER / 2 &&
  !Object.is(value, -0);

/** A writer that is used again and again, for one accumulator after the other. */
export const createStateWriter = (): StateWriter => {
  let buffer = Buffer.allocUnsafe(256);
  let at = 0;

  const room = (size: number): void => {
    if (at + size <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + size));
    buffer.copy(larger, 0, 0, at);
    buffer = larger;
  };

  const integer = (value: number): void => {
    room(10);
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    while (rest > LOW_BITS) {
      buffer[at++] = (rest % HIGH_BIT) | HIGH_BIT;
      rest = Math.floor(rest / HIGH_BIT);
    }
    buffer[at++] = rest;
  };

  const double = (value: number): void => {
    room(8);
    at = buffer.writeDoubleLE(value, at);
  };

  const text = (tag: number, value: string): void => {
    const size = Buffer.byteLength(value);
    room(1);
    buffer[at++] = tag;
    integer(size);
    room(size);
    at += buffer.write(value, at);
  };

  const tag = (value: number): void => {
    room(1);
    buffer[at++] = value;
  };

  return {
    integer,
    double,
    scalar(value) {
      if (value === null) tag(NULL);
      else if (typeof value === 'boolean') tag(value ? TRUE : FALSE);
      else if (typeof value === 'string') text(TEXT, value);
      else if (typeof value === 'bigint') text(BIGINT, String(value));
      else if (isZigZagSafe(value)) {
        tag(INTEGER);
        integer(value);
      } else {
        tag(DOUBLE);
        double(value);
      }
    },
    take() {
      const taken = buffer.subarray(0, at);
      at = 0;
      return taken;
    },
  };
};

/**
 * Reads what a writer has written; used again and again. What it reads throws a RangeError where the bytes end
 * too soon or are of another kind.
 */
export const createStateReader = (): StateReader => {
  let bytes = new Uint8Array(0);
  let at = 0;
  const eight = new DataView(new ArrayBuffer(8));

  const byte = (): number => {
    const next = bytes[at];
    if (next === undefined) throw new RangeError('state ends too soon');
    at += 1;
    return next;
  };

  const integer = (): number => {
    let next = byte();
    let value = next & LOW_BITS;
    for (let scale = HIGH_BIT; next >= HIGH_BIT; scale *= HIGH_BIT) {
      next = byte();
      value += (next & LOW_BITS) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };

  const double = (): number => {
    for (let place = 0; place < 8; place += 1) eight.setUint8(place, byte());
    return eight.getFloat64(0, true);
  };

  const text = (): string => {
    const size = integer();
    if (at + size > bytes.length) throw new RangeError('a text of state ends too soon');
    at += size;
    return Buffer.from(bytes.buffer, bytes.byteOffset + at - size, size).toString('utf8');
  };

  return {
    open(next) {
      bytes = next as typeof bytes;
      at = 0;
    },
    integer,
    double,
    scalar() {
      const tag = byte();
      switch (tag) {
        case NULL:
          return null;
        case FALSE:
          return false;
        case TRUE:
          return true;
        case INTEGER:
          return integer();
        case DOUBLE:
          return double();
        case BIGINT:
          return BigInt(text());
        case TEXT:
          return text();
        default:
          throw new RangeError(`state has no value of kind ${tag}`);
      }
    },
  };
};
