/**
 * The message by which a consumer tells PostgreSQL how far it has come. The LSN is exact: the first byte
 * *behind* what is done. One byte more makes the server skip a transaction whose commit record begins
 * there. Source: PostgreSQL documentation, Streaming Replication Protocol, Standby status update.
 */
import { POSTGRES_EPOCH_US } from './decoder.ts';

export const STANDBY_STATUS_BYTES = 34;

/** `confirmedLsn` as written, flushed and applied; `nowMs` is wall-clock time. */
export const encodeStandbyStatus = (
  confirmedLsn: bigint,
  nowMs: number,
  replyRequested = false,
): Buffer => {
  const status = Buffer.alloc(STANDBY_STATUS_BYTES);
  status[0] = 0x72;
  status.writeBigUInt64BE(confirmedLsn, 1);
  status.writeBigUInt64BE(confirmedLsn, 9);
  status.writeBigUInt64BE(confirmedLsn, 17);
  status.writeBigInt64BE(BigInt(nowMs) * 1000n - POSTGRES_EPOCH_US, 25);
  status[33] = replyRequested ? 1 : 0;
  return status;
};
