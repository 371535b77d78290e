import type { ValueCodec } from '@millrace/streams';
import { Packr, RESET_BUFFER_MODE } from 'msgpackr';

/**
 * How a value is written when its store declares no codec: MessagePack of plain values, numbers, bigints of
 * any size, byte arrays. Without msgpackr's records, whose definitions would have to be found first: every
 * value is read by itself. Bytes are copied out, since what is read lies in memory that is used again; what
 * `encode` returns is so, too, and valid until the next call.
 */
export const createDefaultCodec = (): ValueCodec<unknown> => {
  const packr = new Packr({ useRecords: false, copyBuffers: true, useBigIntExtension: true });
  return {
    encode: (value) => packr.pack(value, RESET_BUFFER_MODE),
    decode: (bytes) => packr.unpack(bytes),
  };
};
