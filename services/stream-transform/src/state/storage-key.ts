/**
 * Keys as they stand in changelog topics and on disk. Keyed stores: the UTF-8 text. Timed stores: eight bytes
 * of time, big-endian with the sign bit turned over, so that bytes sort as times do; then the UTF-8 text.
 */

/** Bytes from `start` up to, not including, `end`, without an object of their own. */
export interface KeyView {
  bytes: Buffer;
  start: number;
  end: number;
}

export const TIME_BYTES = 8;
const HIGH = 2 ** 32;
const SIGN = 0x80000000;

/** The most bytes that a text may take. */
export const textBytesMax = (text: string): number => text.length * 3;

/** Writes the text and returns where it ends. Short ASCII, which keys mostly are, costs no call. */
export const writeText = (target: Buffer, at: number, text: string): number => {
  const length = text.length;
  if (length > 32) return at + target.write(text, at);
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) return at + target.write(text, at);
    target[at + index] = code;
  }
  return at + length;
};

export const readText = (bytes: Buffer, start: number, end: number): string =>
  bytes.toString('utf8', start, end);

/** `timeMs`: an integer. */
export const writeTime = (target: Buffer, at: number, timeMs: number): number => {
  const high = Math.floor(timeMs / HIGH);
  target.writeUInt32BE((high ^ SIGN) >>> 0, at);
  target.writeUInt32BE(timeMs - high * HIGH, at + 4);
  return at + TIME_BYTES;
};

export const readTime = (bytes: Buffer, at: number): number => {
  const high = (bytes.readUInt32BE(at) ^ SIGN) | 0;
  return high * HIGH + bytes.readUInt32BE(at + 4);
};
