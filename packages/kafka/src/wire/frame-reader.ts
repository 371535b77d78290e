/**
 * Cuts what a broker sends into answers, each in a buffer of its own that is filled as the bytes arrive: an
 * answer of megabytes is copied once and kept by nobody but its reader.
 * Source: https://kafka.apache.org/protocol#protocol_common (size, then so many bytes)
 */
export type FrameReader = (chunk: Buffer) => void;

const SIZE_BYTES = 4;
/** More than a fetch of any size that is asked for, and a bound where something else than Kafka answers. */
const FRAME_BYTES_MAX = 1024 * 1024 * 1024;

/** `onFrame` gets each answer without its size. The reader throws where no size can stand. */
export const createFrameReader = (onFrame: (frame: Buffer) => void): FrameReader => {
  const size = Buffer.alloc(SIZE_BYTES);
  let sizeBytes = 0;
  let frame: Buffer | undefined;
  let filled = 0;

  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (frame === undefined) {
        const copied = chunk.copy(size, sizeBytes, at);
        sizeBytes += copied;
        at += copied;
        if (sizeBytes < SIZE_BYTES) return;
        const bytes = size.readUInt32BE(0);
        if (bytes > FRAME_BYTES_MAX)
          throw new Error(`an answer of ${bytes} bytes is none of Kafka`);
        frame = Buffer.allocUnsafe(bytes);
        filled = 0;
        sizeBytes = 0;
      }
      const copied = chunk.copy(frame, filled, at);
      filled += copied;
      at += copied;
      if (filled < frame.length) continue;
      const whole = frame;
      frame = undefined;
      onFrame(whole);
    }
  };
};
