import type { MillraceError } from '@millrace/contracts';
import type { Flow, LateInfo } from '../flow.ts';
import type { RefusedRecord, StageHost } from '../graph/stage-host.ts';
import type { PipedRecord } from './piped-records.ts';

/** What a function threw: what would lie among the dead letters. */
export interface DrivenFailure {
  readonly error: MillraceError;
  /** The record that was piped, where the failure is of one. */
  readonly piped?: PipedRecord;
  /** What an operator was given that had held it. */
  readonly record?: RefusedRecord;
}

/** What happens to records beside the outputs, kept until a test asks. */
export interface DrivenEvents {
  readonly host: Pick<StageHost, 'late' | 'rejected' | 'failed' | 'origin' | 'skipped'>;
  /** The record that is being piped, for what fails meanwhile. */
  piping(record: PipedRecord | undefined): void;
  /** A function threw for the record that is being piped. Throws it when the transform is to halt. */
  failed(error: MillraceError): void;
  readonly skipped: Readonly<Record<string, number>>;
  takeLate(): { readonly flow: Flow; readonly info: LateInfo }[];
  takeRejected(): { readonly record: RefusedRecord; readonly reason: string }[];
  takeFailures(): DrivenFailure[];
}

export const createDrivenEvents = (onError: 'dead_letter' | 'halt'): DrivenEvents => {
  let current: PipedRecord | undefined;
  const late: { flow: Flow; info: LateInfo }[] = [];
  const rejected: { record: RefusedRecord; reason: string }[] = [];
  const failures: DrivenFailure[] = [];
  const skipped: Record<string, number> = {};

  const add = (failure: DrivenFailure, piped: PipedRecord | undefined): void => {
    if (onError === 'halt') throw failure.error;
    failures.push({ ...failure, ...(piped !== undefined && { piped }) });
  };

  return {
    host: {
      late: (flow, info) => void late.push({ flow, info }),
      rejected: (record, reason) => void rejected.push({ record, reason }),
      failed: (record, error) => add({ error, record }, record.origin as PipedRecord | undefined),
      origin: () => current,
      skipped(operator, reason) {
        const what = `${operator}: ${reason}`;
        skipped[what] = (skipped[what] ?? 0) + 1;
      },
    },
    piping(record) {
      current = record;
    },
    failed: (error) => add({ error }, current),
    skipped,
    takeLate: () => late.splice(0),
    takeRejected: () => rejected.splice(0),
    takeFailures: () => failures.splice(0),
  };
};
