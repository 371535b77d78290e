/**
 * One open transaction on disk: its messages in order, as they came. A subtransaction that is rolled back is cut off at
 * its first byte: until then nothing but its own and its children's messages can have followed.
 */
import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { MillraceError } from '@millrace/contracts';

export interface SpooledMessage {
  /** A message of protocol 1; valid until the next one is read. */
  readonly payload: Buffer;
  readonly lsn: number;
}

export interface TransactionSpool {
  /** `message` is one of a stream block; its transaction id is left out. Throws `cdc.spool-failed`. */
  append(message: Buffer, lsn: number, subtransactionId: number): void;
  /** A message without a transaction id. Throws `cdc.spool-failed`. */
  appendWhole(message: Buffer, lsn: number): void;
  /** Cuts a subtransaction off; one that wrote nothing leaves all as it is. */
  cutOff(subtransactionId: number): void;
  readonly byteCount: number;
  /** All messages, in parts of bounded size. Throws `cdc.spool-failed`. */
  read(): Generator<readonly SpooledMessage[]>;
  /** Nothing of it is left on disk. */
  remove(): void;
}

const BUFFER_BYTES = 256 * 1024;
/** Length of the message and its LSN. */
const HEADER_BYTES = 12;
const TRANSACTION_ID_BYTES = 4;

const failed = (doing: string, cause: unknown): MillraceError =>
  new MillraceError('cdc.spool-failed', `${doing} the spool failed`, { retryable: true, cause });

export const createTransactionSpool = (path: string): TransactionSpool => {
  const guarded = <T>(doing: string, work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw failed(doing, cause);
    }
  };
  const file = guarded('opening', () => openSync(path, 'w+'));
  const firstBytes = new Map<number, number>();
  let writtenBytes = 0;
  let buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  let bufferedBytes = 0;

  const flush = (): void => {
    guarded('writing', () => {
      for (let at = 0; at < bufferedBytes; ) {
        at += writeSync(file, buffer, at, bufferedBytes - at, writtenBytes + at);
      }
    });
    writtenBytes += bufferedBytes;
    bufferedBytes = 0;
  };

  /** The type byte, and the body from `bodyStart` on. */
  const write = (message: Buffer, bodyStart: number, lsn: number): void => {
    const payloadBytes = 1 + message.length - bodyStart;
    const neededBytes = HEADER_BYTES + payloadBytes;
    if (bufferedBytes + neededBytes > buffer.length) flush();
    if (neededBytes > buffer.length) buffer = Buffer.allocUnsafe(neededBytes);
    buffer.writeUInt32BE(payloadBytes, bufferedBytes);
    buffer.writeDoubleBE(lsn, bufferedBytes + 4);
    const at = bufferedBytes + HEADER_BYTES;
    buffer[at] = message[0] as number;
    message.copy(buffer, at + 1, bodyStart);
    bufferedBytes += neededBytes;
  };

  return {
    append: (message, lsn, subtransactionId) => {
      if (!firstBytes.has(subtransactionId)) {
        firstBytes.set(subtransactionId, writtenBytes + bufferedBytes);
      }
      write(message, 1 + TRANSACTION_ID_BYTES, lsn);
    },
    appendWhole: (message, lsn) => write(message, 1, lsn),
    cutOff: (subtransactionId) => {
      const first = firstBytes.get(subtransactionId);
      if (first === undefined) return;
      flush();
      guarded('cutting', () => ftruncateSync(file, first));
      writtenBytes = first;
      for (const [id, at] of firstBytes) if (at >= first) firstBytes.delete(id);
    },
    get byteCount() {
      return writtenBytes + bufferedBytes;
    },
    *read() {
      flush();
      let bytes = Buffer.allocUnsafe(BUFFER_BYTES);
      let heldBytes = 0;
      for (let at = 0; at < writtenBytes; ) {
        const read = guarded('reading', () =>
          readSync(file, bytes, heldBytes, bytes.length - heldBytes, at),
        );
        if (read === 0) throw failed('reading', new Error('it is shorter than what was written'));
        at += read;
        heldBytes += read;
        const { consumedBytes, messages, neededBytes } = splitMessages(bytes, heldBytes);
        yield messages;
        bytes.copyWithin(0, consumedBytes, heldBytes);
        heldBytes -= consumedBytes;
        if (neededBytes > bytes.length) {
          const larger = Buffer.allocUnsafe(neededBytes);
          bytes.copy(larger, 0, 0, heldBytes);
          bytes = larger;
        }
      }
    },
    remove: () => {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
};

/** Whole messages at the beginning of the bytes, and how long the one behind them is. */
const splitMessages = (bytes: Buffer, heldBytes: number) => {
  const messages: SpooledMessage[] = [];
  let at = 0;
  let neededBytes = 0;
  while (at + HEADER_BYTES <= heldBytes) {
    const end = at + HEADER_BYTES + bytes.readUInt32BE(at);
    if (end > heldBytes) {
      neededBytes = end - at;
      break;
    }
    const payload = bytes.subarray(at + HEADER_BYTES, end);
    messages.push({ payload, lsn: bytes.readDoubleBE(at + 4) });
    at = end;
  }
  return { messages, consumedBytes: at, neededBytes };
};
