import { MillraceError } from '@millrace/contracts';
import { type RecordPack, rowsOfSpans } from '@millrace/kafka';
import type { RefusedRecord, WhatComes } from '@millrace/streams';
import { deadLetterRecord, deadLetterTopic, madeLetterRecord } from '../outputs.ts';
import type { Outbox } from './outbox.ts';

/** Where a record was read. */
export interface InputPlace {
  topic: string;
  pack: RecordPack;
  index: number;
}

/** What becomes of records of which nothing can be made. */
export interface DeadLetters {
  /** The record at this place failed, and what had come of it was taken back. Throws `transform.halted` where the transform is to stop at it. */
  failed(place: InputPlace, error: MillraceError): void;
  /** The same of a record that an operator had held, or made of several. */
  heldFailed(record: RefusedRecord, error: MillraceError): void;
  /** An operator refused the record, as it was asked to. */
  rejected(record: RefusedRecord, reason: string): void;
}

export interface DeadLettersOptions {
  readonly transform: string;
  readonly partition: number;
  readonly onError: 'dead_letter' | 'halt';
  readonly outbox: Pick<Outbox, 'add'>;
  /** What can come of a record of the topic. */
  whatComesOf(topic: string): WhatComes;
  dead(topic: string, code: string): void;
}

/** Of a reason in a header, characters. It may quote the record, and goes nowhere but to its letter. */
const REASON_MAX = 1000;

export const createDeadLetters = (options: DeadLettersOptions): DeadLetters => {
  const { transform, partition, onError, outbox, dead } = options;

  const write = (place: InputPlace, code: string, reason: string, isTakenBack: boolean): void => {
    const { topic } = place;
    const { isSingle, isAtOnce } = options.whatComesOf(topic);
    const isWhole = isSingle || (isTakenBack && isAtOnce);
    const what = { topic, partition, transform, code, isWhole };
    const letter = { ...what, reason: reason.slice(0, REASON_MAX) };
    outbox.add(deadLetterTopic, 0, deadLetterRecord(recordAt(place), letter));
    dead(topic, code);
  };

  const writeMade = ({ operator, flow }: RefusedRecord, code: string, reason: string): void => {
    const letter = { operator, transform, code, reason: reason.slice(0, REASON_MAX) };
    outbox.add(deadLetterTopic, 0, madeLetterRecord(flow, letter));
    dead(operator, code);
  };

  /** Without its cause: what was thrown may quote the record, and this is logged. */
  const halt = (where: string, code: string): never => {
    throw new MillraceError(
      'transform.halted',
      `transform ${transform} stops at ${where}: ${code}`,
    );
  };

  const fail = (place: InputPlace, { code, message }: MillraceError, isTakenBack: boolean) => {
    if (onError === 'halt') {
      halt(`offset ${recordAt(place).offset} of ${place.topic}-${partition}`, code);
    }
    write(place, code, message, isTakenBack);
  };

  return {
    failed: (place, error) => fail(place, error, true),
    heldFailed(record, error) {
      if (record.origin !== undefined) fail(record.origin as InputPlace, error, false);
      else if (onError === 'halt') halt(`a record made by ${record.operator}`, error.code);
      else writeMade(record, error.code, error.message);
    },
    rejected(record, reason) {
      const code = 'transform.record-rejected';
      if (record.origin === undefined) writeMade(record, code, `${record.operator}: ${reason}`);
      else write(record.origin as InputPlace, code, `${record.operator}: ${reason}`, false);
    },
  };
};

const recordAt = ({ pack, index }: InputPlace) =>
  rowsOfSpans([{ pack, from: index, to: index + 1 }]).at(0);
