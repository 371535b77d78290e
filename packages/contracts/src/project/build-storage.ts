import type { SkipIndex, Warehouse, WarehouseColumn } from '../contract.ts';
import { suggestWord } from '../nearest-word.ts';
import { retentionMsOf } from '../odcs/durations.ts';
import type { MillraceSection } from '../odcs/millrace-section.ts';
import type { ContractParts } from './contract-parts.ts';
import { expressionNames } from './sql-columns.ts';

/**
 * How a table keeps its rows: what a contract's friendly words (`retention`, `indexes`, `indexGranularity`)
 * become, each checked. Order, partition and TTL that are written as expressions are build-warehouse.ts.
 */
type Section = NonNullable<MillraceSection['warehouse']>;

export type Storage = Pick<
  Warehouse,
  | 'partitionBy'
  | 'ttl'
  | 'dropsWholeParts'
  | 'newFields'
  | 'shardBy'
  | 'indexes'
  | 'indexGranularity'
>;

const dayMs = 86_400_000;
/** Up to this many days a day is a partition, beyond it a month: a table stays below a hundred or so. */
const dailyPartitionsMax = 92;

const timeTypePattern = /^(?:Date|Date32|DateTime|DateTime64)\b/;

/** The event time: the first time column of the order, else of the record; never one that may be null. */
const timeColumn = (
  columns: readonly WarehouseColumn[],
  orderBy: readonly string[],
): string | undefined => {
  const times = columns.filter(({ type }) => timeTypePattern.test(type)).map(({ name }) => name);
  return orderBy.find((name) => times.includes(name)) ?? times[0];
};

const placeOf = (parts: ContractParts, word: string) => [...parts.sectionPath, 'warehouse', word];

const retentionDays = (parts: ContractParts, text: string): number | undefined => {
  const ms = retentionMsOf(text);
  if (ms === -1) return undefined;
  if (ms !== undefined && ms >= dayMs) return Math.ceil(ms / dayMs);
  parts.report(placeOf(parts, 'retention'), {
    rule: 'duration-invalid',
    message: `${text} is not how long a table can keep its rows.`,
    remedy: 'Write a day or more, e.g. 90d, 2y, or forever.',
  });
  return undefined;
};

/** Partition and TTL that a retention stands for; those that are written out come first. */
const expiryOf = (
  parts: ContractParts,
  section: Section,
  columns: readonly WarehouseColumn[],
  orderBy: readonly string[],
): Storage => {
  const given: Storage = {
    ...(section.partitionBy === undefined ? {} : { partitionBy: section.partitionBy }),
    ...(section.ttl === undefined ? {} : { ttl: section.ttl }),
  };
  if (section.retention === undefined) return given;
  const path = placeOf(parts, 'retention');
  const refuse = (rule: string, message: string, remedy: string): Storage => {
    parts.report(path, { rule, message, remedy });
    return given;
  };
  if (section.role === 'dimension') {
    return refuse(
      'retention-of-dimension',
      'A dimension shows what is so now; rows that expire would be missing while they are true.',
      'Remove retention; delete at the source.',
    );
  }
  if (section.ttl !== undefined) {
    return refuse('retention-and-ttl', 'retention and ttl say the same twice.', 'Keep one.');
  }
  const days = retentionDays(parts, section.retention);
  if (days === undefined) return given;
  const time = timeColumn(columns, orderBy);
  if (time === undefined) {
    return refuse(
      'retention-without-time',
      'The record has no time that is never null, so there is nothing to count the age from.',
      'Add a timestamp field, or write a ttl over _produced_at.',
    );
  }
  const derived = days <= dailyPartitionsMax ? `toDate(${time})` : `toYYYYMM(${time})`;
  const partitionBy = section.partitionBy ?? derived;
  const partitionColumns = expressionNames(partitionBy).columns;
  return {
    partitionBy,
    ttl: `toDateTime(${time}) + toIntervalDay(${days})`,
    // Only where a part's rows expire together: else a part would wait for its youngest row for ever.
    dropsWholeParts: partitionColumns.includes(time),
  };
};

const indexTypePattern =
  /^(?:minmax|set\(\d+\)|bloom_filter(?:\(0?\.\d+\))?|tokenbf_v1\(\d+, ?\d+, ?\d+\)|ngrambf_v1\(\d+, ?\d+, ?\d+, ?\d+\))$/;

const indexesOf = (
  parts: ContractParts,
  section: Section,
  columns: readonly WarehouseColumn[],
): readonly SkipIndex[] => {
  const names = columns.map(({ name }) => name);
  const seen = new Set<string>();
  return (section.indexes ?? []).map(({ column, type, granularity }, at): SkipIndex => {
    const path = [...placeOf(parts, 'indexes'), at];
    const name = `idx_${column}_${/^[a-z]+/.exec(type)?.[0] ?? 'index'}`;
    if (!names.includes(column)) {
      const remedy = suggestWord(column, names);
      parts.report(path, {
        rule: 'unknown-column',
        message: `${column} is not a column.`,
        remedy,
      });
    }
    if (!indexTypePattern.test(type)) {
      parts.report(path, {
        rule: 'index-type',
        message: `${type} is not a skip index.`,
        remedy:
          'Use minmax, set(100), bloom_filter, bloom_filter(0.01), tokenbf_v1(n, n, n) or ngrambf_v1(n, n, n, n).',
      });
    }
    if (seen.has(name)) {
      parts.report(path, {
        rule: 'index-twice',
        message: `${column} has two indexes of one type.`,
        remedy: 'Keep one of them.',
      });
    }
    seen.add(name);
    return { name, column, type: type.replaceAll(/,\s*/g, ', '), granularity: granularity ?? 1 };
  });
};

/** The storage of a table; what is wrong was reported. */
export const buildStorage = (
  parts: ContractParts,
  section: Section,
  columns: readonly WarehouseColumn[],
  orderBy: readonly string[],
): Storage => {
  if (section.projections !== undefined) {
    parts.report(placeOf(parts, 'projections'), {
      rule: 'projection-refused',
      message:
        'A projection makes lightweight deletes and updates of its table fail, and a dimension refuses it altogether.',
      remedy: 'Write a materialized view into a table of its own, in warehouse/NNNN_name.sql.',
    });
  }
  const indexes = indexesOf(parts, section, columns);
  return {
    ...expiryOf(parts, section, columns, orderBy),
    ...(section.newFields === undefined ? {} : { newFields: section.newFields }),
    ...(section.shardBy === undefined ? {} : { shardBy: section.shardBy }),
    ...(indexes.length === 0 ? {} : { indexes }),
    ...(section.indexGranularity === undefined
      ? {}
      : { indexGranularity: section.indexGranularity }),
  };
};
