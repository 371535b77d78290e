/**
 * Which LSN PostgreSQL may be told: exact, never past a change that Kafka does not hold for good, and moving
 * on while nothing is to be written, so that an idle table set holds back no WAL.
 *
 *   received → the end of a transaction whose changes all went into a batch, or of a keepalive outside one
 *   confirmed → what the server may forget
 */
export interface Acknowledgement {
  /** The end of a transaction, or a keepalive that came outside one. */
  received(lsn: bigint): void;
  /** Everything received so far is in batches; a batch remembers this LSN. */
  readonly receivedLsn: bigint;
  /** The batch that remembered `lsn` is committed in Kafka. */
  delivered(lsn: bigint): void;
  /** Nothing is waiting to be written. */
  idle(): void;
  /** 0 until something is known: PostgreSQL ignores it and the connection stays alive. */
  readonly confirmedLsn: bigint;
}

export const createAcknowledgement = (): Acknowledgement => {
  let receivedLsn = 0n;
  let confirmedLsn = 0n;
  return {
    received: (lsn) => {
      if (lsn > receivedLsn) receivedLsn = lsn;
    },
    get receivedLsn() {
      return receivedLsn;
    },
    delivered: (lsn) => {
      if (lsn > confirmedLsn) confirmedLsn = lsn;
    },
    idle: () => {
      if (receivedLsn > confirmedLsn) confirmedLsn = receivedLsn;
    },
    get confirmedLsn() {
      return confirmedLsn;
    },
  };
};
