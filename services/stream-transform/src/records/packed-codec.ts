import type { ValueCodec } from '@millrace/streams';
import { Packr } from 'msgpackr';

/**
 * Values between two stages of one transform: MessagePack without record extensions, so that each value stands for
 * itself. Byte arrays are copied out of what was read, and bigints may be of any size.
 */
const packr = new Packr({
  useRecords: false,
  moreTypes: true,
  copyBuffers: true,
  useBigIntExtension: true,
});

export const packedCodec: ValueCodec<unknown> = {
  encode: (value) => packr.pack(value),
  decode: (bytes) => packr.unpack(bytes),
};
