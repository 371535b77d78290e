/**
 * Takes the CopyData messages of a replication connection straight from its socket; everything else still
 * reaches the driver. The driver would make three objects and a string of every row.
 * Source: PostgreSQL documentation, Frontend/Backend Protocol, Message Formats: a type byte, then a length
 * that counts itself.
 */
import type { Duplex } from 'node:stream';

const COPY_DATA = 0x64;
const HEADER_BYTES = 5;
const LENGTH_AT = 1;

/** One CopyData message: its content is `bytes[start, end)`, and valid until the call returns. */
export type CopyDataHandler = (bytes: Buffer, start: number, end: number) => void;

/** Call it before the copy begins: what the driver has read by then is its own. */
export const divertCopyData = (stream: Duplex, onCopyData: CopyDataHandler): void => {
  const driver = stream.listeners('data') as ((chunk: Buffer) => void)[];
  stream.removeAllListeners('data');
  const forward = (message: Buffer): void => {
    for (const listener of driver) listener.call(stream, message);
  };
  /** The beginning of a message whose end is not there yet, in pieces. */
  let pieces: Buffer[] = [];
  let heldBytes = 0;
  let neededBytes = 0;

  const readWhole = (bytes: Buffer): void => {
    let at = 0;
    while (at + HEADER_BYTES <= bytes.length) {
      const end = at + LENGTH_AT + bytes.readUInt32BE(at + LENGTH_AT);
      if (end > bytes.length) break;
      if (bytes[at] === COPY_DATA) onCopyData(bytes, at + HEADER_BYTES, end);
      else forward(bytes.subarray(at, end));
      at = end;
    }
    if (at === bytes.length) return;
    const rest = bytes.subarray(at);
    pieces = [rest];
    heldBytes = rest.length;
    neededBytes =
      rest.length < HEADER_BYTES ? HEADER_BYTES : LENGTH_AT + rest.readUInt32BE(LENGTH_AT);
  };

  stream.on('data', (chunk: Buffer) => {
    if (heldBytes === 0) {
      readWhole(chunk);
      return;
    }
    pieces.push(chunk);
    heldBytes += chunk.length;
    // a large message comes in many chunks: they are joined once
    if (heldBytes < neededBytes) return;
    const bytes = Buffer.concat(pieces, heldBytes);
    pieces = [];
    heldBytes = 0;
    readWhole(bytes);
  });
};
