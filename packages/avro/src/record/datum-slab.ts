import { FRAME_HEADER_BYTES, writeFrameHeader } from '../wire-format.ts';
import type { RecordWriter } from './compile-record-writer.ts';
import { NO_ROOM } from './write-values.ts';

/**
 * Room for many small framed records in few buffers: one allocation for hundreds of them, and the bytes are
 * written where they stay. Records that are handed out share their slab's memory, which is free again when the
 * last of them is gone: keep none of them for long.
 */
export interface DatumSlab {
  /**
   * The framed record (wire header and datum) of a value. Throws `avro.value-invalid`; the slab then stays as it
   * was.
   */
  write<Value>(schemaId: number, writeRecord: RecordWriter<Value>, value: Value): Buffer;
}

const SLAB_BYTES = 256 * 1024;

/** A slab of which each buffer has `slabBytes`, or more for a record that is larger. */
export const createDatumSlab = (slabBytes = SLAB_BYTES): DatumSlab => {
  let slab = Buffer.allocUnsafeSlow(slabBytes);
  let at = 0;
  return {
    write(schemaId, writeRecord, value) {
      let end = at + FRAME_HEADER_BYTES > slab.length ? NO_ROOM : at + FRAME_HEADER_BYTES;
      if (end !== NO_ROOM) end = writeRecord(value, slab, end);
      // A record that is larger than a slab has one of its own size, at most twice what it needs.
      for (let bytes = slabBytes; end === NO_ROOM; bytes *= 2) {
        slab = Buffer.allocUnsafeSlow(bytes);
        at = 0;
        end = writeRecord(value, slab, FRAME_HEADER_BYTES);
      }
      writeFrameHeader(slab, schemaId, at);
      const framed = slab.subarray(at, end);
      at = end;
      return framed;
    },
  };
};
