/**
 * How far a source has been written to Kafka: a commit LSN and an index within that transaction. LSNs of
 * rows are neither unique nor in order; this pair is both. It is written in the Kafka transaction that
 * holds the records before it, as the value of a compacted record whose key is the source's name.
 *
 * A logical message outside a transaction has a place of its own: where it ends in the log, and index 0. The commit
 * record behind it may begin exactly there; nothing of that transaction is written then, which is what 0 says.
 */
import { MillraceError } from '@millrace/contracts';
import { formatLsn, parseLsn } from '@millrace/pgoutput';

export interface Position {
  /** LSN of the commit record of the last transaction that was written, in part or whole; or where a message ends. */
  readonly commitLsn: bigint;
  /** How many changes of that transaction are written; those dropped on purpose count. */
  readonly index: number;
  /** PostgreSQL's system identifier: a position means nothing in another cluster. */
  readonly systemId: string;
}

const VERSION = 1;

export const encodePosition = (position: Position): Buffer =>
  Buffer.from(
    JSON.stringify({
      version: VERSION,
      commitLsn: formatLsn(position.commitLsn),
      index: position.index,
      systemId: position.systemId,
    }),
  );

/** Throws `cdc.position-invalid`. */
export const decodePosition = (value: Buffer): Position => {
  try {
    const document: unknown = JSON.parse(value.toString('utf8'));
    if (typeof document === 'object' && document !== null) {
      const { version, commitLsn, index, systemId } = document as Record<string, unknown>;
      if (
        version === VERSION &&
        typeof commitLsn === 'string' &&
        typeof index === 'number' &&
        typeof systemId === 'string'
      ) {
        return { commitLsn: parseLsn(commitLsn), index, systemId };
      }
    }
  } catch (cause) {
    throw new MillraceError('cdc.position-invalid', 'the stored position cannot be read', {
      cause,
    });
  }
  throw new MillraceError('cdc.position-invalid', 'the stored position has an unknown form');
};

/** How many changes at the start of a transaction are already written. */
export const changesToSkip = (position: Position, commitLsn: bigint): number => {
  if (commitLsn < position.commitLsn) return Number.POSITIVE_INFINITY;
  return commitLsn === position.commitLsn ? position.index : 0;
};
