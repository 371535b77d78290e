import type { AvroFixed, AvroPrimitiveNode } from '@millrace/contracts';
import { parseDate, parseTime, parseTimestamp } from './calendar-text.ts';
import { parseUnscaled, twosComplement } from './decimal-text.ts';
import {
  describeValue,
  type EncodeState,
  putBigInt,
  putBytes,
  putInteger,
  putRaw,
  report,
} from './encode-state.ts';
import { writeInt, writeLong } from './json-number.ts';
import { writeString } from './json-text.ts';
import type { ValueWriter } from './value-writer.ts';

/**
 * Logical types out of JSON: text that people write, or the integer that Avro stores. Text finer than the
 * type's unit is refused rather than rounded.
 */
export const logicalWriter = (node: AvroPrimitiveNode | AvroFixed): ValueWriter | undefined => {
  const { logical } = node;
  switch (logical?.name) {
    case undefined:
      return undefined;
    case 'date':
      return writeDate;
    case 'time-millis':
      return timeWriter(1_000, 'milliseconds');
    case 'time-micros':
      return timeWriter(1, 'microseconds');
    case 'timestamp-millis':
      return timestampWriter(1_000, true);
    case 'timestamp-micros':
      return timestampWriter(1, true);
    case 'local-timestamp-millis':
      return timestampWriter(1_000, false);
    case 'local-timestamp-micros':
      return timestampWriter(1, false);
    case 'uuid':
      return uuidWriter(node);
    case 'decimal':
      return decimalWriter(logical, node.kind === 'fixed' ? node.size : undefined);
  }
};

const writeDate: ValueWriter = (state, value) => {
  if (typeof value === 'number') return writeInt(state, value);
  const days = typeof value === 'string' ? parseDate(value) : undefined;
  if (days !== undefined) return putInteger(state, days);
  refuseText(state, value, 'a date such as "2026-01-31"');
};

const refuseText = (state: EncodeState, value: unknown, expected: string): void => {
  const rule = typeof value === 'string' ? 'format' : 'type';
  report(state, rule, `expected ${expected}, got ${describeValue(value)}`);
};

const MICROS_PER_DAY = 86_400_000_000;

const timeWriter =
  (microsPerUnit: number, unit: string): ValueWriter =>
  (state, value) => {
    if (typeof value === 'number') {
      if (Number.isInteger(value) && value >= 0 && value < MICROS_PER_DAY / microsPerUnit) {
        return putInteger(state, value);
      }
      return report(state, 'range', `the number ${value} is not a time of day in ${unit}`);
    }
    const micros = typeof value === 'string' ? parseTime(value) : undefined;
    if (micros === undefined) return refuseText(state, value, 'a time such as "23:59:59.123"');
    if (micros % microsPerUnit !== 0) return reportTooFine(state, value);
    putInteger(state, micros / microsPerUnit);
  };

const reportTooFine = (state: EncodeState, value: unknown): void =>
  report(state, 'format', `${describeValue(value)} is finer than a millisecond`);

const timestampWriter =
  (microsPerUnit: number, needsZone: boolean): ValueWriter =>
  (state, value) => {
    if (typeof value === 'number') return writeLong(state, value);
    const instant = typeof value === 'string' ? parseTimestamp(value) : undefined;
    if (instant === undefined) {
      return refuseText(state, value, `a timestamp such as "${needsZone ? ZONED : LOCAL}"`);
    }
    if (needsZone !== instant.hasZone) {
      const advice = needsZone ? 'needs an offset, such as Z or +02:00' : 'takes no offset';
      return report(state, 'format', `the timestamp ${advice}; got ${describeValue(value)}`);
    }
    if (instant.micros % microsPerUnit !== 0) return reportTooFine(state, value);
    const unitsPerSecond = 1_000_000 / microsPerUnit;
    const units = instant.seconds * unitsPerSecond + instant.micros / microsPerUnit;
    if (Number.isSafeInteger(units)) return putInteger(state, units);
    putBigInt(
      state,
      BigInt(instant.seconds) * BigInt(unitsPerSecond) + BigInt(instant.micros / microsPerUnit),
    );
  };

const ZONED = '2026-01-31T23:59:59Z';
const LOCAL = '2026-01-31T23:59:59';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const uuidWriter =
  (node: AvroPrimitiveNode | AvroFixed): ValueWriter =>
  (state, value) => {
    if (typeof value !== 'string' || !UUID.test(value)) {
      return refuseText(state, value, 'a UUID of 36 characters');
    }
    if (node.kind !== 'fixed') return writeString(state, value);
    putRaw(state, Buffer.from(value.replaceAll('-', ''), 'hex'));
  };

/** A double carries this many decimal digits faithfully; what has more may have been rounded already. */
const DOUBLE_DIGITS = 15;

const decimalWriter = (
  { precision, scale }: { readonly precision: number; readonly scale: number },
  size: number | undefined,
): ValueWriter => {
  const limit = 10n ** BigInt(precision);
  return (state, value) => {
    if (typeof value === 'number' && significantDigits(value) > DOUBLE_DIGITS) {
      return report(
        state,
        'range',
        `the number ${value} has more digits than a JSON number keeps; send it as text`,
      );
    }
    const text = typeof value === 'number' ? String(value) : value;
    const unscaled = typeof text === 'string' ? parseUnscaled(text, scale) : 'not-a-decimal';
    if (unscaled === 'not-a-decimal') return refuseText(state, value, 'a decimal such as "12.34"');
    if (unscaled === 'inexact') {
      return report(state, 'range', `${describeValue(value)} has more than ${scale} decimals`);
    }
    const bytes =
      unscaled < limit && unscaled > -limit ? twosComplement(unscaled, size) : undefined;
    if (bytes === undefined) {
      return report(state, 'range', `${describeValue(value)} has more than ${precision} digits`);
    }
    if (size === undefined) putBytes(state, bytes);
    else putRaw(state, bytes);
  };
};

const significantDigits = (value: number): number =>
  String(value).replace(/e.*$/, '').replace(/[-.]/g, '').replace(/^0+/, '').length;
