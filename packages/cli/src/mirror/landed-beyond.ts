/** Which offsets of the source's log a fact table holds at and behind a group's offset, and how rows of them are taken back. */
import { type ClickHouse, quoteIdentifier } from '@millrace/clickhouse';
import { incarnationOf, MillraceError, type WarehouseContract } from '@millrace/contracts';

export interface LandedQuestion {
  readonly contract: WarehouseContract;
  /** The topic's id in the source. */
  readonly sourceId: string;
  readonly partition: number;
  readonly offset: number;
}

/** More than this behind a group's offset is no claim under way: the offset is not the sink's. */
const LANDED_MAX = 5_000_000;

const where = `_topic = {topic: String} AND _partition = {partition: Int32}
  AND _incarnation = {incarnation: Int64}`;

const paramsOf = ({ contract, sourceId, partition, offset }: LandedQuestion) => ({
  ...{ topic: contract.topic.name, partition, offset, limit: LANDED_MAX + 1 },
  incarnation: incarnationOf(sourceId),
});

/** Rejects with `mirror.refused` when there are so many that something else is wrong. */
export async function landedBeyond(
  clickhouse: ClickHouse,
  question: LandedQuestion,
): Promise<ReadonlySet<number>> {
  const table = quoteIdentifier(question.contract.warehouse.table);
  const rows = await clickhouse.query<{ offset: string }>(
    `SELECT DISTINCT _offset AS offset FROM ${table}
     WHERE ${where} AND _offset >= {offset: Int64} LIMIT {limit: UInt64}`,
    paramsOf(question),
  );
  if (rows.length <= LANDED_MAX) return new Set(rows.map(({ offset }) => Number(offset)));
  throw new MillraceError(
    'mirror.refused',
    `${question.contract.warehouse.table} holds more than ${LANDED_MAX} rows behind offset ${question.offset}: is this the sink's group?`,
  );
}

/** Removes rows of the source's log from the offset on; they land again from the copy. Resolves when they are gone. */
export async function takeBack(clickhouse: ClickHouse, question: LandedQuestion): Promise<void> {
  const { topic, partition, incarnation, offset } = paramsOf(question);
  const table = quoteIdentifier(question.contract.warehouse.table);
  const text = `'${topic.replaceAll(/['\\]/g, '\\$&')}'`;
  await clickhouse.exec(
    `ALTER TABLE ${table} DELETE WHERE _topic = ${text} AND _partition = ${partition}
       AND _incarnation = ${incarnation} AND _offset >= ${offset}`,
    { mutations_sync: 2 },
  );
}
