/**
 * What a source's `map` says: which column becomes which field. Everything in it is JSONata; names and constants,
 * which most mappings consist of, are not sent through its interpreter (which takes some 20 µs an expression).
 * Types are not its affair: fit-values.ts.
 */
import { MillraceError } from '@millrace/contracts';
import jsonata from 'jsonata';
import { expressible } from './fit-values.ts';

/** One expression for the whole row, or one for each field. */
export type MappingText = string | Readonly<Record<string, string>>;

/** What expressions can ask for beside the columns. */
export interface RowContext {
  /** `$row`: number in its part, from 1. */
  readonly row: number;
  /** `$line`: absent where the format has no lines. */
  readonly line: number | undefined;
  /** `$part`: the file or object. */
  readonly part: string;
}

/**
 * The event of a row; undefined: the row is none and is skipped. A promise only where an expression needs the
 * interpreter. Throws or rejects with `ingest.row-unmapped`.
 */
export type MapRow = (row: unknown, context: RowContext) => unknown;

type Evaluate = (row: Row, context: RowContext) => unknown;
type Row = Readonly<Record<string, unknown>>;

/** Throws `config.source-invalid` for what is no expression. */
export const compileMapping = (map: MappingText): MapRow => {
  if (typeof map === 'string') {
    const { evaluate } = compileExpression(map, undefined);
    return async (row, context) => (await evaluate(row as Row, context)) ?? undefined;
  }
  const fields = Object.entries(map).map(([field, text]) => ({
    field,
    ...compileExpression(text, field),
  }));
  const plain = fields.filter(({ isPlain }) => isPlain);
  const others = fields.filter(({ isPlain }) => !isPlain);
  const mapPlain: MapRow = (row, context) => {
    const event: Record<string, unknown> = {};
    for (const { field, evaluate } of plain) {
      const value = evaluate(row as Row, context);
      if (value !== undefined) event[field] = value;
    }
    return event;
  };
  if (others.length === 0) return mapPlain;
  return async (row, context) => {
    const event = mapPlain(row, context) as Record<string, unknown>;
    for (const { field, evaluate } of others) {
      const value = await evaluate(row as Row, context);
      if (value !== undefined) event[field] = value;
    }
    return event;
  };
};

interface Compiled {
  readonly isPlain: boolean;
  readonly evaluate: Evaluate;
}

const name = /^(?:([A-Za-z_]\w*)|`([^`]+)`)$/;
const text = /^(?:"([^"\\]*)"|'([^'\\]*)')$/;
const number = /^-?\d+(?:\.\d+)?$/;
const reserved = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);

const compileExpression = (expression: string, field: string | undefined): Compiled => {
  const source = expression.trim();
  const column = name.exec(source);
  const named = column?.[1] ?? column?.[2];
  if (named !== undefined && !reserved.has(named))
    return { isPlain: true, evaluate: (row) => row[named] };
  const constant = text.exec(source);
  if (constant !== null) return plainly(constant[1] ?? constant[2]);
  if (number.test(source)) return plainly(Number(source));
  return { isPlain: false, evaluate: interpreted(source, field) };
};

const plainly = (value: unknown): Compiled => ({ isPlain: true, evaluate: () => value });

const interpreted = (source: string, field: string | undefined): Evaluate => {
  const where = field === undefined ? 'map' : `map.${field}`;
  let expression: jsonata.Expression;
  try {
    expression = jsonata(source);
  } catch (cause) {
    throw new MillraceError('config.source-invalid', `${where}: ${messageOf(cause)}`, { cause });
  }
  return async (row, { row: number, line, part }) => {
    try {
      return plainValue(await expression.evaluate(expressible(row), { row: number, line, part }));
    } catch (cause) {
      throw new MillraceError('ingest.row-unmapped', `${where}: ${messageOf(cause)}`, { cause });
    }
  };
};

/** JSONata marks its arrays by properties that must not travel on. */
const plainValue = (value: unknown): unknown =>
  Array.isArray(value) ? value.map(plainValue) : value;

/** JSONata throws objects with `message` and `position` that are no Errors. */
const messageOf = (cause: unknown): string =>
  String((cause as { readonly message?: unknown } | undefined)?.message ?? cause);
