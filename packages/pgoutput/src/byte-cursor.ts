/**
 * Reads the fields of one message in order, in network byte order, and refuses to read past its end.
 * For the messages that come seldom; rows go through the tuple reader, which makes no object.
 */
import { MillraceError } from '@millrace/contracts';

export const truncated = (what: string, needed: number, length: number): MillraceError =>
  new MillraceError(
    'pgoutput.message-truncated',
    `${what} ends early: byte ${needed} is needed, the message has ${length}`,
  );

export interface ByteCursor {
  uint8(): number;
  int16(): number;
  uint16(): number;
  int32(): number;
  uint32(): number;
  int64(): bigint;
  uint64(): bigint;
  /** UTF-8 text up to its zero byte. */
  text(): string;
  bytes(length: number): Buffer;
}

/** A cursor over `buffer` from `start`; `what` names the message in errors. */
export const createByteCursor = (buffer: Buffer, start: number, what: string): ByteCursor => {
  let position = start;
  const take = (length: number): number => {
    const at = position;
    if (length < 0 || at + length > buffer.length) {
      throw truncated(what, at + length, buffer.length);
    }
    position = at + length;
    return at;
  };
  return {
    uint8: () => buffer.readUInt8(take(1)),
    int16: () => buffer.readInt16BE(take(2)),
    uint16: () => buffer.readUInt16BE(take(2)),
    int32: () => buffer.readInt32BE(take(4)),
    uint32: () => buffer.readUInt32BE(take(4)),
    int64: () => buffer.readBigInt64BE(take(8)),
    uint64: () => buffer.readBigUInt64BE(take(8)),
    text: () => {
      const end = buffer.indexOf(0, position);
      if (end === -1) throw truncated(what, buffer.length + 1, buffer.length);
      const text = buffer.toString('utf8', position, end);
      position = end + 1;
      return text;
    },
    bytes: (length) => {
      const at = take(length);
      return buffer.subarray(at, at + length);
    },
  };
};
