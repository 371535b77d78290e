/**
 * Transactions that are sent while they are still open (protocol 2 and later, `streaming 'on'`): blocks of messages
 * between a start and a stop, several transactions taking turns, and a commit or an abort behind them. Within a
 * block every message carries the id of its (sub)transaction; without it, it is a message of protocol 1.
 * Source: PostgreSQL documentation, Logical Replication Message Formats.
 */
import { truncated } from './byte-cursor.ts';
import { POSTGRES_EPOCH_US } from './decoder.ts';

const code = { start: 0x53, stop: 0x45, commit: 0x63, abort: 0x41 } as const;

/** What a message does to the streamed transactions. */
export type StreamControl =
  | { readonly kind: 'start'; readonly transactionId: number }
  | { readonly kind: 'stop' }
  | {
      readonly kind: 'commit';
      readonly transactionId: number;
      readonly commitLsn: bigint;
      readonly endLsn: bigint;
      readonly committedAtUs: bigint;
    }
  | {
      readonly kind: 'abort';
      readonly transactionId: number;
      /** Equal to `transactionId` when the whole transaction is gone. */
      readonly subtransactionId: number;
    };

const need = (message: Buffer, length: number, what: string): void => {
  if (message.length < length) throw truncated(what, length, message.length);
};

/** Undefined for a message that is none of these four. Throws `pgoutput.message-truncated`. */
export const readStreamControl = (message: Buffer): StreamControl | undefined => {
  switch (message[0]) {
    case code.start:
      need(message, 6, 'stream start');
      return { kind: 'start', transactionId: message.readUInt32BE(1) };
    case code.stop:
      return { kind: 'stop' };
    case code.commit:
      need(message, 30, 'stream commit');
      return {
        kind: 'commit',
        transactionId: message.readUInt32BE(1),
        commitLsn: message.readBigUInt64BE(6),
        endLsn: message.readBigUInt64BE(14),
        committedAtUs: message.readBigInt64BE(22) + POSTGRES_EPOCH_US,
      };
    case code.abort:
      // protocol 4 adds LSN and time behind it where blocks are applied in parallel
      need(message, 9, 'stream abort');
      return {
        kind: 'abort',
        transactionId: message.readUInt32BE(1),
        subtransactionId: message.readUInt32BE(5),
      };
    default:
      return undefined;
  }
};

/** The (sub)transaction of a message within a block. Throws `pgoutput.message-truncated`. */
export const transactionIdOf = (message: Buffer): number => {
  need(message, 5, 'message of a stream block');
  return message.readUInt32BE(1);
};

/** Begin of protocol 1 before a streamed transaction's messages, for one way to read both. */
export const beginOf = ({
  commitLsn,
  committedAtUs,
  transactionId,
}: Extract<StreamControl, { kind: 'commit' }>): Buffer => {
  const message = Buffer.alloc(21);
  message[0] = 0x42;
  message.writeBigUInt64BE(commitLsn, 1);
  message.writeBigInt64BE(committedAtUs - POSTGRES_EPOCH_US, 9);
  message.writeUInt32BE(transactionId, 17);
  return message;
};

/** Commit of protocol 1 behind a streamed transaction's messages. */
export const commitOf = ({
  commitLsn,
  committedAtUs,
  endLsn,
}: Extract<StreamControl, { kind: 'commit' }>): Buffer => {
  const message = Buffer.alloc(26);
  message[0] = 0x43;
  message.writeBigUInt64BE(commitLsn, 2);
  message.writeBigUInt64BE(endLsn, 10);
  message.writeBigInt64BE(committedAtUs - POSTGRES_EPOCH_US, 18);
  return message;
};
