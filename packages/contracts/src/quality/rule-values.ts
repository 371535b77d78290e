/**
 * Values that a rule names of a field whose text in a contract is not what its records hold: times, decimals, uuids, bytes. Both
 * are brought to one text, so that the topic is judged as the table is. Pure.
 */
import type { AvroNode } from '../avro-schema.ts';

/** What the records of such a field hold. `units`: of a second. */
export type RuleValueForm =
  | { readonly form: 'date' }
  | { readonly form: 'time' | 'timestamp'; readonly units: 1_000 | 1_000_000 }
  | { readonly form: 'decimal'; readonly scale: number }
  | { readonly form: 'uuid' | 'bytes' };

/** Undefined of a field whose records hold what a contract says: text, numbers, booleans, symbols. */
export const ruleValueForm = (node: AvroNode): RuleValueForm | undefined => {
  if (node.kind === 'union') {
    const values = node.branches.filter(({ kind }) => kind !== 'null');
    return values.length === 1 ? ruleValueForm(values[0]!) : undefined;
  }
  const logical = 'logical' in node ? node.logical : undefined;
  if (logical === undefined)
    return node.kind === 'bytes' || node.kind === 'fixed' ? { form: 'bytes' } : undefined;
  if (logical.name === 'date') return { form: 'date' };
  if (logical.name === 'decimal') return { form: 'decimal', scale: logical.scale };
  if (logical.name === 'uuid') return { form: 'uuid' };
  const form = logical.name.startsWith('time-') ? 'time' : 'timestamp';
  return { form, units: logical.name.endsWith('micros') ? 1_000_000 : 1_000 };
};

/** True of a field whose values no contract can name. */
export const unnameable = (node: AvroNode): boolean => {
  if (node.kind !== 'union')
    return (
      ['array', 'map', 'record'].includes(node.kind) ||
      (node.kind === 'fixed' && node.logical?.name === 'uuid')
    );
  const values = node.branches.filter(({ kind }) => kind !== 'null');
  return values.length !== 1 || unnameable(values[0]!);
};

/** How a value of the form is written, for the person who wrote another. */
export const ruleValueExample: Readonly<Record<RuleValueForm['form'], string>> = {
  date: '"2026-01-31"',
  time: '"23:59:59"',
  timestamp: '"2026-01-31T23:59:59Z"',
  decimal: '"19.90"',
  uuid: '"0f8fad5b-d9cb-469f-a165-70867728950e"',
  bytes: '"a text"',
};

const datePart = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const timePart = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?`;
const timestampText = new RegExp(`^${datePart}(?:[T ]${timePart}\\s?(Z|[+-]\\d\\d:\\d\\d)?)?$`);
const timeText = new RegExp(`^${timePart}$`);

const dayMs = (text: string): number | undefined => {
  const ms = Date.parse(`${text}T00:00:00Z`);
  // A day that a month does not have rolls over into the next.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? undefined : ms;
};

/** Of the day, in units; undefined when it is no time, or finer than the unit. */
const timeOf = (parts: readonly (string | undefined)[], units: number): bigint | undefined => {
  const [hour = '0', minute = '0', second = '0', fraction = ''] = parts;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const digits = units === 1_000 ? 3 : 6;
  if (/[1-9]/.test(fraction.slice(digits))) return undefined;
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  return BigInt(seconds) * BigInt(units) + BigInt(fraction.slice(0, digits).padEnd(digits, '0'));
};

const timestampOf = (text: string, units: number): bigint | undefined => {
  const [, year, month, day, hour, minute, second, fraction, zone = 'Z'] =
    timestampText.exec(text) ?? [];
  const midnight = dayMs(`${year}-${month}-${day}`);
  const time = timeOf([hour, minute, second, fraction], units);
  if (midnight === undefined || time === undefined) return undefined;
  const [, sign = '+', hours = '0', minutes = '0'] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [];
  const east = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
  return (BigInt(midnight - east) / 1_000n) * BigInt(units) + time;
};

const decimalOf = (text: string, scale: number): bigint | undefined => {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === '' || /[1-9]/.test(fraction.slice(scale))) return undefined;
  const unscaled = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'));
  return sign === '-' ? -unscaled : unscaled;
};

/** The text that a contract's value and a record's are compared by; undefined when the contract's is none of the form. */
export const namedValueText = (form: RuleValueForm, text: string): string | undefined => {
  switch (form.form) {
    case 'date': {
      const ms = dayMs(text);
      return ms === undefined ? undefined : String(ms / 86_400_000);
    }
    case 'time':
      return timeOf((timeText.exec(text) ?? ['', '99']).slice(1), form.units)?.toString();
    case 'timestamp':
      return timestampOf(text, form.units)?.toString();
    case 'decimal':
      return decimalOf(text, form.scale)?.toString();
    case 'uuid':
      return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)
        ? text.toLowerCase()
        : undefined;
    case 'bytes':
      return Buffer.from(text).toString('hex');
  }
};

/** The number in the bytes of a decimal, without its scale: two's complement, the highest byte first. */
const unscaledOf = (bytes: Buffer): bigint =>
  bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));

/** The same of what a record holds, as it was decoded. */
export const heldValueText = ({ form }: RuleValueForm, value: unknown): string => {
  if (Buffer.isBuffer(value))
    return form === 'decimal' ? unscaledOf(value).toString() : value.toString('hex');
  return form === 'uuid' ? String(value).toLowerCase() : String(value);
};

/** A decimal as a number, for ranges. */
export const heldDecimal = (value: unknown, scale: number): number =>
  Buffer.isBuffer(value) ? Number(unscaledOf(value)) / 10 ** scale : Number(value);
