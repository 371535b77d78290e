/** One change of a row as the source told it: what every step behind the decoder works on. */
import type { OldRowKind, Tuple } from '@millrace/pgoutput';
import type { EnvelopeParts, Operation } from './envelope/table-writer.ts';

export type ChangeSource = Pick<EnvelopeParts, 'context' | 'marker' | 'lsn' | 'order'>;

export interface RowChange {
  readonly op: Operation;
  readonly oldKind: OldRowKind | undefined;
  readonly old: Tuple | undefined;
  readonly row: Tuple | undefined;
  /** The bytes of the change as they came, for the dead letter. */
  readonly raw: Buffer;
  readonly source: ChangeSource;
}
