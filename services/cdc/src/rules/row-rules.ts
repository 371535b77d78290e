/**
 * Rules that a person lays on what is captured: columns left out, masked, hashed or shortened, keys chosen.
 * They are worked into a table's shape when it is prepared, so that a row pays only for what is used, and
 * snapshot and stream obey alike. A rule that cannot be kept stops the capture: never is a value let through
 * because its mask did not fit. Names and results follow Debezium's `column.*` and `message.key.columns`.
 */
import { MillraceError } from '@millrace/contracts';
import type { ColumnCodec } from '../columns/column-codec.ts';
import {
  asterisks,
  type HashName,
  hashDigits,
  hashed,
  isStringSchema,
  shortened,
} from '../columns/masked-codec.ts';
import { sourceTypeParameters } from '../columns/source-type.ts';
import type { ShapeColumn, TableShape } from '../envelope/table-shape.ts';
import { expressionOf } from '../source/captured-tables.ts';

/** As the settings give them; patterns are `schema.table.column`, `*` stands for any text. */
export interface RuleSettings {
  readonly columnsInclude: readonly string[];
  readonly columnsExclude: readonly string[];
  /** `<count>:<pattern>`. */
  readonly columnsMask: readonly string[];
  /** `<SHA-256 or SHA-512>:<pattern>`. */
  readonly columnsMaskHash: readonly string[];
  readonly maskHashSalt: string | undefined;
  /** `<characters>:<pattern>`. */
  readonly columnsTruncate: readonly string[];
  /** Patterns of columns whose schema says the source's type. */
  readonly columnsSourceType: readonly string[];
  /** `schema.table:column,column;schema.table:column`. */
  readonly messageKeyColumns: string | undefined;
}

export interface RowRules {
  /** False: `apply` gives back what it gets. */
  readonly isUsed: boolean;
  /** The shape under the rules. Throws `cdc.rule-invalid`. */
  apply(shape: TableShape): TableShape;
}

const invalid = (message: string): MillraceError => new MillraceError('cdc.rule-invalid', message);

type Codec = (column: ShapeColumn) => ColumnCodec;
interface ValueRule {
  readonly matches: RegExp;
  readonly text: string;
  /** Different values stay different, so that a key may have it. */
  readonly keepsIdentity: boolean;
  readonly codec: Codec;
}

const splitRule = (rule: string): readonly [string, string] => {
  const colon = rule.indexOf(':');
  if (colon < 1) throw invalid(`"${rule}" has no colon: <what>:<schema.table.column>`);
  return [rule.slice(0, colon), rule.slice(colon + 1)];
};

const counted = (rule: string, codec: (count: number) => Codec): ValueRule => {
  const [count, pattern] = splitRule(rule);
  if (!/^\d{1,6}$/.test(count))
    throw invalid(`"${rule}" does not begin with a number of characters`);
  return {
    ...{ text: rule, matches: expressionOf(pattern), keepsIdentity: false },
    codec: codec(Number(count)),
  };
};

const hashRule = (rule: string, salt: string | undefined): ValueRule => {
  const [name, pattern] = splitRule(rule);
  if (!(name in hashDigits)) {
    throw invalid(`"${rule}" names no hash: ${Object.keys(hashDigits).join(', ')}`);
  }
  if (salt === undefined || salt === '') {
    throw invalid('a hash without a salt is undone by guessing: set MILLRACE_CDC_MASK_HASH_SALT');
  }
  return {
    ...{ text: rule, matches: expressionOf(pattern), keepsIdentity: true },
    codec: (column) => hashed(column.codec, name as HashName, salt, column.lengthMax),
  };
};

interface KeyRule {
  readonly table: string;
  readonly columns: readonly string[];
}

const keyRules = (text: string | undefined): readonly KeyRule[] =>
  (text ?? '')
    .split(';')
    .map((rule) => rule.trim())
    .filter((rule) => rule !== '')
    .map((rule) => {
      const [table, columns] = splitRule(rule);
      const names = columns.split(',').map((name) => name.trim());
      if (names.includes('')) throw invalid(`"${rule}" has an empty column name`);
      return { table: table.trim(), columns: names };
    });

const fullName = (shape: TableShape): string => `${shape.schema}.${shape.table}`;

/**
 * The key must be known of every old row too: of an UPDATE that changes it, of a DELETE. Without any replica
 * identity only inserts come, and every column will do.
 */
const checkIdentity = (shape: TableShape, { columns }: KeyRule): void => {
  if (!shape.columns.some((column) => column.identity)) return;
  const hidden = columns.filter(
    (name) => !shape.columns.some((column) => column.name === name && column.identity),
  );
  if (hidden.length === 0) return;
  throw invalid(
    `the key of ${fullName(shape)} takes ${hidden.join(', ')}, which old rows do not hold: ALTER TABLE … REPLICA IDENTITY FULL`,
  );
};

const chooseKey = (shape: TableShape, rule: KeyRule): TableShape => {
  const keyColumns = rule.columns.map((name) => {
    const index = shape.columns.findIndex((column) => column.name === name);
    if (index < 0) throw invalid(`${fullName(shape)} has no column "${name}" for its key`);
    return index;
  });
  checkIdentity(shape, rule);
  return { ...shape, keyColumns, chosenKey: true };
};

/** Throws `cdc.rule-invalid` for a rule that cannot be read. */
export const createRowRules = (settings: RuleSettings): RowRules => {
  const { columnsExclude, columnsInclude } = settings;
  if (columnsExclude.length > 0 && columnsInclude.length > 0) {
    throw invalid('columns are either included or excluded: set one of the two lists');
  }
  const included = columnsInclude.map(expressionOf);
  const excluded = columnsExclude.map(expressionOf);
  const values: readonly ValueRule[] = [
    ...settings.columnsMask.map((rule) =>
      counted(
        rule,
        (count) =>
          ({ codec }) =>
            asterisks(codec, count),
      ),
    ),
    ...settings.columnsMaskHash.map((rule) => hashRule(rule, settings.maskHashSalt)),
    ...settings.columnsTruncate.map((rule) =>
      counted(
        rule,
        (count) =>
          ({ codec }) =>
            shortened(codec, count),
      ),
    ),
  ];
  const keys = keyRules(settings.messageKeyColumns);
  const sourceTyped = settings.columnsSourceType.map(expressionOf);

  /** What the schema is to say of the source. */
  const told = (shape: TableShape, column: ShapeColumn): ShapeColumn => {
    const name = `${fullName(shape)}.${column.name}`;
    const isTyped = sourceTyped.some((expression) => expression.test(name));
    if (!isTyped || column.sourceType === undefined) return column;
    return { ...column, parameters: sourceTypeParameters(column.name, column.sourceType) };
  };

  const isExcluded = (name: string): boolean =>
    excluded.some((expression) => expression.test(name)) ||
    (included.length > 0 && !included.some((expression) => expression.test(name)));

  const ruled = (shape: TableShape, column: ShapeColumn, isKey: boolean): ShapeColumn => {
    const name = `${fullName(shape)}.${column.name}`;
    if (isExcluded(name)) {
      // a list of what to include means the rows; their key comes along
      if (!isKey) return { ...column, excluded: true, hidden: true };
      if (included.length === 0) throw invalid(`${name} is part of the key: it cannot be excluded`);
    }
    const rule = values.find(({ matches }) => matches.test(name));
    if (rule === undefined) return column;
    if (!isStringSchema(column.codec.schema)) {
      throw invalid(`"${rule.text}" is for text, and ${name} is not: exclude the column`);
    }
    if (isKey && !rule.keepsIdentity) {
      throw invalid(
        `"${rule.text}" would make different keys of ${fullName(shape)} equal: hash it`,
      );
    }
    // the default is as clear as the values
    return { ...column, hidden: true, codec: rule.codec(column), default: undefined };
  };

  return {
    isUsed: [included, excluded, values, keys].some((rules) => rules.length > 0),
    apply: (shape) => {
      const rule = keys.find(({ table }) => table === fullName(shape));
      const keyed = rule === undefined ? shape : chooseKey(shape, rule);
      const columns = keyed.columns.map((column, i) =>
        told(keyed, ruled(keyed, column, keyed.keyColumns.includes(i))),
      );
      return { ...keyed, columns };
    },
  };
};
