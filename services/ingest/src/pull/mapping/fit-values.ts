/**
 * Values of a file in the form that the door's encoder takes. Text formats know text alone: there a value takes the
 * type of its field in the contract. Formats with types keep them; only what JSON lacks (dates, 64-bit integers,
 * bytes) is written as the encoder reads it. Whether a value fits is the encoder's to say: what cannot be read
 * as the type stays text, so that the problem names what was there.
 */
import type { AvroNode, AvroRecord } from '@millrace/contracts';
import { LongDecimal } from '../formats/parquet-values.ts';
import { compileTimeText, type TimeText } from './time-text.ts';

export interface FitOptions {
  /** Values are text. */
  readonly isText: boolean;
  /** How timestamps and dates are written, where not as ISO 8601. */
  readonly times?: TimeText;
  /** Columns without a field are left out; else they are the encoder's to refuse. */
  readonly dropsUnknown: boolean;
}

/** Makes a new object with the contract's fields. */
export type FitRow = (row: unknown) => unknown;

type Fit = (value: unknown) => unknown;

/** Compiled once a part. */
export const compileFit = (record: AvroRecord, options: FitOptions): FitRow => {
  const fits = record.fields.map(({ name, type, default: fallback }) => ({
    name,
    fit: fitOf(type, options, fallback !== undefined),
  }));
  const known = new Set(fits.map(({ name }) => name));
  return (row) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) return row;
    const given = row as Readonly<Record<string, unknown>>;
    const event: Record<string, unknown> = {};
    for (const { name, fit } of fits) {
      const value = given[name];
      if (value === undefined) continue;
      const fitted = fit(value);
      if (fitted !== undefined) event[name] = fitted;
    }
    if (!options.dropsUnknown)
      for (const name in given) if (!known.has(name)) event[name] = given[name];
    return event;
  };
};

const fitOf = (type: AvroNode, options: FitOptions, hasDefault: boolean): Fit => {
  const branches = type.kind === 'union' ? type.branches : [type];
  const others = branches.filter(({ kind }) => kind !== 'null');
  const isNullable = others.length < branches.length;
  const only = others.length === 1 ? others[0]! : undefined;
  const typed = typedFit(only);
  if (!options.isText) return (value) => (value === null ? value : typed(value));
  const fromText = only === undefined ? same : textFit(only, options.times);
  const isText = only?.kind === 'string' && only.logical === undefined;
  return (value) => {
    if (typeof value !== 'string') return value === null ? value : typed(value);
    if (value === '') {
      if (isNullable) return null;
      // an empty text is a text; where it is no value of the type, the default may stand for it
      if (!isText && hasDefault) return undefined;
    }
    return fromText(value);
  };
};

const same: Fit = (value) => value;

const textFit = (node: AvroNode, times: TimeText | undefined): ((text: string) => unknown) => {
  const logical = 'logical' in node ? node.logical?.name : undefined;
  switch (node.kind) {
    case 'boolean':
      return (text) => truths.get(text.trim().toLowerCase()) ?? text;
    case 'int':
    case 'long':
      if (logical !== undefined) return compileTimeText(logical, times);
      return wholeNumber;
    case 'float':
    case 'double':
      return decimalNumber;
    case 'array':
    case 'map':
    case 'record':
      return parsedJson;
    case 'bytes':
    case 'fixed':
      return logical === 'decimal' ? (text) => text.trim() : same;
    default:
      return same;
  }
};

const truths: ReadonlyMap<string, boolean> = new Map([
  ...['true', 't', 'yes', 'y', '1'].map((word) => [word, true] as const),
  ...['false', 'f', 'no', 'n', '0'].map((word) => [word, false] as const),
]);

const digits = /^\s*[+-]?\d{1,19}\s*$/;

const wholeNumber = (text: string): unknown => {
  // Number() takes blanks around digits, and more than digits: hexadecimal, fractions, exponents
  const value = Number(text);
  if (!Number.isSafeInteger(value)) return digits.test(text) ? text.trim().replace('+', '') : text;
  return digits.test(text) ? value : text;
};

const decimal = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

const decimalNumber = (text: string): unknown => (decimal.test(text) ? Number(text) : text);

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const msPerDay = 86_400_000;

/** What JSON has no notation for, also within lists, maps and records. */
const typedFit = (node: AvroNode | undefined): Fit => {
  const logical = node !== undefined && 'logical' in node ? node.logical?.name : undefined;
  const dated = dateFit(logical);
  const within = withinFit(node);
  const isFloating = node?.kind === 'float' || node?.kind === 'double';
  return (value) => {
    switch (typeof value) {
      case 'bigint':
        if (node?.kind === 'string') return String(value);
        return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))
          ? Number(value)
          : String(value);
      case 'object':
        if (value === null) return value;
        if (value instanceof Date) return dated(value);
        if (value instanceof Uint8Array) return bytesFit(node, logical, value);
        if (value instanceof LongDecimal) return isFloating ? Number(value.text) : value.text;
        return within(value);
      case 'string':
        return logical === 'date' ? value.replace(midnight, '') : value;
      default:
        return value;
    }
  };
};

const midnight = /T00:00:00(?:\.0+)?Z$/;

/** The values of a list, a map or a record in the form of their types. */
const withinFit = (node: AvroNode | undefined): ((value: object) => unknown) => {
  if (node?.kind === 'array') {
    const fit = nestedFit(node.items);
    return (value) => (Array.isArray(value) ? value.map(fit) : value);
  }
  const ofObject =
    (fitOfKey: (key: string) => Fit | undefined) =>
    (value: object): unknown =>
      Array.isArray(value)
        ? value
        : Object.fromEntries(
            Object.entries(value).map(([key, one]) => [key, (fitOfKey(key) ?? same)(one)]),
          );
  if (node?.kind === 'map') {
    const fit = nestedFit(node.values);
    return ofObject(() => fit);
  }
  if (node?.kind !== 'record') return (value) => value;
  const fits = new Map(node.fields.map(({ name, type }) => [name, nestedFit(type)]));
  return ofObject((key) => fits.get(key));
};

const nestedFit = (type: AvroNode): Fit => {
  const branches = type.kind === 'union' ? type.branches : [type];
  const others = branches.filter(({ kind }) => kind !== 'null');
  return typedFit(others.length === 1 ? others[0] : undefined);
};

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Base64 where the contract has bytes; elsewhere the text that they are, and base64 beside a word that it is none. */
const bytesFit = (node: AvroNode | undefined, logical: string | undefined, value: Uint8Array) => {
  const base64 = () => Buffer.from(value).toString('base64');
  const holdsBytes = node?.kind === 'bytes' || node?.kind === 'fixed';
  if (holdsBytes && logical === undefined) return base64();
  return textOf(value) ?? (node === undefined ? base64() : { bytes: base64() });
};

const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};

/** The columns as expressions know them: texts for bytes that are one, numbers for decimals. */
export const expressible = (row: unknown): unknown => {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return row;
  const values = Object.entries(row);
  if (!values.some(([, value]) => value instanceof Uint8Array || value instanceof LongDecimal))
    return row;
  return Object.fromEntries(
    values.map(([name, value]) => {
      if (value instanceof LongDecimal) return [name, Number(value.text)];
      return [name, value instanceof Uint8Array ? (textOf(value) ?? value) : value];
    }),
  );
};

const dateFit = (logical: string | undefined): ((date: Date) => unknown) => {
  switch (logical) {
    case 'timestamp-millis':
    case 'local-timestamp-millis':
      return (date) => date.getTime();
    case 'timestamp-micros':
    case 'local-timestamp-micros':
      return (date) => date.getTime() * 1000;
    case 'date':
      return (date) => Math.floor(date.getTime() / msPerDay);
    default:
      return (date) => date.toISOString();
  }
};
