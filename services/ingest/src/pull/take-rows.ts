/** Rows of a batch into records of a commit, by the door's own steps; a row that does not pass becomes a rejected record. */
import type { JsonProblem } from '@millrace/avro';
import { type ErrorCode, MillraceError } from '@millrace/contracts';
import { compose, type DeadLetter } from '@millrace/pipeline';
import {
  type Delivery,
  type EventRequest,
  incomingEvent,
  type ParsedBody,
} from '../event-request.ts';
import { PartitionWrites } from '../partition-writes.ts';
import { createEncodeEventStep } from '../steps/encode-event.ts';
import { createIdentifyEventStep } from '../steps/identify-event.ts';
import { createRouteEventStep } from '../steps/route-event.ts';
import { createStampRecordStep, sharedHeaders } from '../steps/stamp-record.ts';
import type { Stream } from '../stream.ts';
import type { OpenCommit } from './commit.ts';
import type { MapRow } from './mapping/compile-mapping.ts';
import type { FitRow } from './mapping/fit-values.ts';
import type { RowBatch, SourcePart } from './pull-source.ts';
import type { RejectRow } from './reject-row.ts';

export interface TakenRows {
  readonly accepted: number;
  readonly rejected: number;
  /** That the mapping made nothing of. */
  readonly skipped: number;
}

/** @param rowsBefore of the part, before this batch */
export type TakeRows = (
  batch: RowBatch,
  rowsBefore: number,
  commit: OpenCommit,
) => Promise<TakenRows>;

/** What all rows of a part say of themselves. */
export interface RowAttributes {
  readonly source: string;
  readonly idempotencyKey: string;
}

/** Ids of rows without one: the same row of the same version has the same id in every run. */
export const rowAttributes = (
  source: string,
  { name, version }: Pick<SourcePart, 'name' | 'version'>,
): RowAttributes => ({
  source: `/sources/${source}/${name}`,
  idempotencyKey: `${name}/${version}`,
});

export interface TakeRowsOptions {
  readonly part: SourcePart;
  readonly stream: Stream;
  readonly attributes: RowAttributes;
  readonly map?: MapRow;
  readonly fit: FitRow;
  readonly reject: RejectRow;
  readonly nowMs: () => number;
}

const noBody = Buffer.alloc(0);
/** Rows come one by one, and say nothing of themselves. */
const rows: ParsedBody = { values: [], unreadable: new Map() };

export const createTakeRows = (options: TakeRowsOptions): TakeRows => {
  const { part, stream, attributes, map, fit, reject, nowMs } = options;
  const takeRow = compose(
    createEncodeEventStep(),
    createIdentifyEventStep(),
    createRouteEventStep(),
    createStampRecordStep(),
  );
  let stickyPartition = 0;

  const deliveryOf = (): Delivery => {
    const { partitions } = stream;
    const request: EventRequest = {
      stream,
      format: 'json',
      body: noBody,
      attributes,
      receivedMs: nowMs(),
    };
    stickyPartition = (stickyPartition + 1) % partitions;
    return {
      request,
      body: rows,
      single: false,
      writes: new PartitionWrites(),
      repeats: undefined,
      partitions,
      stickyPartition,
      headers: sharedHeaders(request),
    };
  };

  return async (batch, rowsBefore, commit) => {
    const delivery = deliveryOf();
    let [accepted, rejected, skipped] = [0, 0, 0];
    const refuse = (index: number, fault: Omit<Parameters<RejectRow>[0], 'row' | 'line'>): void => {
      rejected += 1;
      const line = batch.lines?.[index];
      const kept = reject({
        ...fault,
        row: rowsBefore + index + 1,
        ...(line === undefined ? {} : { line }),
      });
      if (kept !== undefined) commit.add(kept.topic, kept.partition, kept.record);
    };
    for (let index = 0; index < batch.values.length; index += 1) {
      const value = batch.values[index];
      const fault = batch.faults.get(index);
      if (fault !== undefined) {
        refuse(index, fault);
        continue;
      }
      const row = rowsBefore + index + 1;
      let mapped = value;
      if (map !== undefined) {
        try {
          const given = map(value, { row, line: batch.lines?.[index], part: part.name });
          mapped = given instanceof Promise ? await given : given;
        } catch (error) {
          if (!(error instanceof MillraceError)) throw error;
          refuse(index, { code: error.code, message: error.message, value });
          continue;
        }
        if (mapped === undefined) {
          skipped += 1;
          continue;
        }
      }
      const fitted = fit(mapped);
      const outcome = takeRow(incomingEvent(row, fitted, delivery));
      if (outcome.kind === 'ok') {
        accepted += 1;
        commit.add(stream.topic, outcome.value.partition, outcome.value.record);
      } else {
        const { code, reason, detail } = outcome as DeadLetter;
        const problems = (detail ?? []) as readonly JsonProblem[];
        refuse(index, { code: code as ErrorCode, message: reason, problems, value: fitted });
      }
    }
    return { accepted, rejected, skipped };
  };
};
