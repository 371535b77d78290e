import {
  describeValue,
  type EncodeState,
  putBytes,
  putInteger,
  putRaw,
  report,
  reportType,
  reserve,
} from './encode-state.ts';
import type { Dialect, ValueWriter } from './value-writer.ts';

/** Strings, bytes and fixed: what JSON writes as text and Avro as bytes. */
/** Up to here a string's length in UTF-8 is known to fit in one byte, whatever its characters. */
const ONE_BYTE_LENGTH_CHARACTERS_MAX = 21;

export const writeString: ValueWriter = (state, value) => {
  if (typeof value !== 'string') return reportType(state, 'a string', value);
  if (value.length <= ONE_BYTE_LENGTH_CHARACTERS_MAX) {
    reserve(state, 1 + ONE_BYTE_LENGTH_CHARACTERS_MAX * 3);
    const start = state.position + 1;
    if (putAscii(state.buffer, start, value)) {
      state.buffer[start - 1] = value.length << 1;
      state.position = start + value.length;
      return;
    }
  }
  if (!value.isWellFormed()) {
    return report(state, 'format', 'the text has half of a surrogate pair and is not Unicode');
  }
  const bytes = Buffer.byteLength(value, 'utf8');
  putInteger(state, bytes);
  reserve(state, bytes);
  state.position += state.buffer.write(value, state.position, bytes, 'utf8');
};

/** Copies short text character by character, quicker than a native call; false when not all ASCII. */
const putAscii = (buffer: Buffer, start: number, text: string): boolean => {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return false;
    buffer[start + at] = code;
  }
  return true;
};

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes of base64 text (RFC 4648 §4, padded), or `undefined` with a problem. */
const base64Bytes = (state: EncodeState, value: unknown): Buffer | undefined => {
  if (typeof value !== 'string') {
    reportType(state, 'bytes as base64 text', value);
    return undefined;
  }
  if (value.length % 4 !== 0 || !BASE64.test(value)) {
    report(state, 'format', `expected bytes as base64 text, got ${describeValue(value)}`);
    return undefined;
  }
  return Buffer.from(value, 'base64');
};

export const writeBase64: ValueWriter = (state, value) => {
  const bytes = base64Bytes(state, value);
  if (bytes !== undefined) putBytes(state, bytes);
};

export const writeLatin1: ValueWriter = (state, value) => {
  if (typeof value !== 'string') return reportType(state, 'bytes as text', value);
  putBytes(state, Buffer.from(value, 'latin1'));
};

export const fixedWriter =
  (size: number, dialect: Dialect): ValueWriter =>
  (state, value) => {
    const bytes =
      dialect === 'default' && typeof value === 'string'
        ? Buffer.from(value, 'latin1')
        : base64Bytes(state, value);
    if (bytes === undefined) return;
    if (bytes.length !== size) {
      return report(state, 'range', `expected ${size} bytes, got ${bytes.length}`);
    }
    putRaw(state, bytes);
  };
