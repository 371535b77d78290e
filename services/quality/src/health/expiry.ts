/**
 * Whether a table's TTL may have taken the row of a record: the times that it reads are decoded out of the record, and ClickHouse says what its expression
 * makes of them. A margin keeps rows that are about to go, and what the record cannot tell counts as gone: what is left was lost.
 */
import type { RegistryClient } from '@millrace/avro';
import type { ClickHouse } from '@millrace/clickhouse';
import { expressionNames, quoteName, type WarehouseContract } from '@millrace/contracts';
import type { ConsumedRecord } from '@millrace/kafka';
import { eventTimeOf } from '@millrace/streams';
import { createTopicDecoder } from '../rules/live/topic-decoder.ts';

export interface Expiry {
  /** One answer a record. Rejects with `clickhouse.*`, or as the registry does while it is away. */
  mayHaveGone(records: readonly ConsumedRecord[]): Promise<readonly boolean[]>;
}

const MARGIN_SECONDS = 3_600;
/** Of the platform's own columns those that are not before the record's own time. */
const arrivalColumns: readonly string[] = ['_produced_at', '_ingested_at'];
const clauses = /\b(delete|to|where|group|set|recompress)\b/i;

interface TimeColumn {
  readonly name: string;
  readonly type: string;
}

/** Undefined where the expression reads anything but times of the record, or says what else becomes of a row. */
const timeColumns = ({
  warehouse,
  source,
}: WarehouseContract): readonly TimeColumn[] | undefined => {
  const { ttl = '', columns } = warehouse;
  if (clauses.test(ttl) || source.kind === 'change') return undefined;
  const found = expressionNames(ttl).columns.map((name): TimeColumn | undefined => {
    if (arrivalColumns.includes(name)) return { name, type: "DateTime64(3, 'UTC')" };
    const column = columns.find((one) => one.name === name);
    return column !== undefined && /DateTime/.test(column.type) ? column : undefined;
  });
  return found.length === 0 || found.includes(undefined)
    ? undefined
    : (found as readonly TimeColumn[]);
};

/** Whether it can be told of the rows of the table; false for tables that expire none, too. */
export const tellsExpiry = (contract: WarehouseContract): boolean =>
  contract.warehouse.ttl !== undefined && timeColumns(contract) !== undefined;

const statementFor = (ttl: string, columns: readonly TimeColumn[]): string => {
  const given = columns.map((_, at) => `{c${at}: Array(Int64)}`).join(', ');
  const cast = columns.map(
    ({ name, type }, at) =>
      `CAST(fromUnixTimestamp64Milli(row.${at + 2}, 'UTC') AS ${type}) AS ${quoteName(name)}`,
  );
  return `SELECT (${ttl}) <= now() + INTERVAL ${MARGIN_SECONDS} SECOND AS gone FROM
    (SELECT row.1 AS at, ${cast.join(', ')} FROM (SELECT arrayJoin(arrayZip({at: Array(UInt32)}, ${given})) AS row))
    ORDER BY at`;
};

/** @param contract one of which `tellsExpiry` is true */
export const createExpiry = (
  contract: WarehouseContract,
  clickhouse: ClickHouse,
  registry: RegistryClient,
): Expiry => {
  const columns = timeColumns(contract)!;
  const statement = statementFor(contract.warehouse.ttl!, columns);
  const fields = columns.flatMap(({ name }) => (arrivalColumns.includes(name) ? [] : [name]));
  const decoder = createTopicDecoder(contract, fields, registry);
  const times = new Map(fields.map((name) => [name, eventTimeOf(contract.record, name)]));

  /** By column; undefined where the record does not tell one of them. */
  const timesOf = async (record: ConsumedRecord): Promise<readonly number[] | undefined> => {
    const values = fields.length === 0 ? {} : await decoder.decode(record.value);
    if (values === null || values === undefined) return undefined;
    try {
      return columns.map(({ name }) => times.get(name)?.(values) ?? record.timestampMs);
    } catch {
      return undefined;
    }
  };

  return {
    mayHaveGone: async (records) => {
      const told = await Promise.all(records.map(timesOf));
      const known = told.flatMap((row, at) => (row === undefined ? [] : [{ row, at }]));
      if (known.length === 0) return records.map(() => true);
      const parameters = Object.fromEntries(
        columns.map((_, at) => [`c${at}`, known.map(({ row }) => row[at]!)]),
      );
      const rows = await clickhouse.query<{ gone: number }>(statement, {
        ...{ ...parameters, at: known.map(({ at }) => at) },
      });
      const gone = new Map(known.map(({ at }, index) => [at, Boolean(Number(rows[index]?.gone))]));
      return records.map((_, at) => gone.get(at) ?? true);
    },
  };
};
