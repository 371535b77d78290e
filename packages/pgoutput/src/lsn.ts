/**
 * Log sequence numbers: byte positions in the write-ahead log, 64 bit, written by PostgreSQL as two
 * hexadecimal halves `X/Y`. Source: PostgreSQL documentation, type pg_lsn.
 */
import { MillraceError } from '@millrace/contracts';

/** The LSN that no record has: PostgreSQL reads it as "where the slot stands". */
export const ZERO_LSN = 0n;

/** `0x1_0000_002An` → `1/2A`. */
export const formatLsn = (lsn: bigint): string =>
  `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffff_ffffn).toString(16).toUpperCase()}`;

/** `1/2A` → `0x1_0000_002An`. Throws `pgoutput.lsn-invalid`. */
export const parseLsn = (text: string): bigint => {
  const halves = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
  if (halves === null) {
    throw new MillraceError('pgoutput.lsn-invalid', `not a log sequence number: "${text}"`);
  }
  return (BigInt(`0x${halves[1]}`) << 32n) | BigInt(`0x${halves[2]}`);
};
