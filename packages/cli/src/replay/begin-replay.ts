/** From what a person asks for to a replay that is planned and saved, or to a plan that is only shown. */
import { randomBytes } from 'node:crypto';
import type { ClickHouse } from '@millrace/clickhouse';
import { MillraceError, type WarehouseContract } from '@millrace/contracts';
import type { Admin, KafkaConnection } from '@millrace/kafka';
import {
  createDeadOffsetsReader,
  readTopicLog,
  type VerifyFactOptions,
  verifyFact,
} from '@millrace/reconcile';
import { landsByOffset } from '../verify/verify-project.ts';
import { onlyMissing, planRanges, type WantedRange } from './plan-replay.ts';
import type { Replay, ReplayMode } from './replay-store.ts';
import { countReplaced, makeSideTable, serverNow, viewsFedBy } from './replay-tables.ts';

export interface BeginOptions {
  readonly contract: WarehouseContract;
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly clickhouse: ClickHouse;
  readonly liveGroup: string;
  readonly mode: ReplayMode;
  readonly wanted: WantedRange;
  /** Dead letters count as missing: their cause was cured. */
  readonly includesDead: boolean;
  /** Rows that are replaced may be counted twice by materialized views behind the table. */
  readonly countsAgain: boolean;
}

export interface ReplayPlan {
  readonly replay: Replay;
  /** Materialized views behind a fact: they count what is landed again, whatever was removed in front of them. */
  readonly views: readonly string[];
  /** Rows that the mode replace would remove. */
  readonly replacedRows: number;
}

/** Changes nothing. Throws `replay.refused`. */
export async function planReplay(options: BeginOptions): Promise<ReplayPlan> {
  const { contract, admin, clickhouse, liveGroup, mode, wanted } = options;
  const isFact = landsByOffset(contract);
  if (options.includesDead && !(isFact && mode === 'missing')) {
    throw new MillraceError(
      'replay.refused',
      isFact
        ? '--dead goes with --mode missing'
        : `${contract.id} is no fact: leave --dead out, its dead letters land with their range anew`,
    );
  }
  if (mode === 'replace') expectReplaceable(contract, isFact);
  const views = isFact ? await viewsFedBy(clickhouse, contract.warehouse.table) : [];
  if (mode === 'replace' && views.length > 0 && !options.countsAgain) {
    throw new MillraceError(
      'replay.refused',
      `${contract.warehouse.table} feeds ${views.join(', ')}: what is replaced would be counted there twice; --count-again lets it`,
    );
  }
  const asked = await planRanges(contract, admin, liveGroup, {
    ...wanted,
    keepEmpty: mode === 'side-table',
  });
  const ranges = mode === 'missing' && isFact ? await missingIn(asked, options) : asked;
  const replay: Replay = {
    ...{ id: newId(), contract: contract.id, topic: contract.topic.name },
    ...{ table: contract.warehouse.table, mode, phase: 'planned', ranges },
    incarnations: isFact
      ? (await readTopicLog(admin, clickhouse, contract.topic.name, contract.warehouse.table))
          .incarnations
      : [],
    plannedAt: await serverNow(clickhouse),
  };
  const replacedRows =
    mode === 'replace' && ranges.length > 0 ? await countReplaced(clickhouse, replay) : 0;
  return { replay, replacedRows, views };
}

/** Makes what the replay needs before it is saved; a side table that nobody knows of is empty and harmless. */
export async function prepareReplay(
  { replay }: ReplayPlan,
  { clickhouse, contract }: BeginOptions,
): Promise<Replay> {
  if (replay.mode !== 'side-table') return replay;
  const table = `${replay.table}_${replay.id}`;
  const uuid = await makeSideTable(clickhouse, contract, table);
  return { ...replay, side: { table, uuid } };
}

/** Time and chance, as a name that tables and groups may have. */
function newId(): string {
  const stamp = new Date().toISOString().replaceAll(/[-:]/g, '').replace('T', '_').slice(0, 15);
  return `${stamp}_${randomBytes(2).toString('hex')}`;
}

function expectReplaceable({ id, topic }: WarehouseContract, isFact: boolean): void {
  if (!isFact) {
    throw new MillraceError(
      'replay.refused',
      `${id} is a dimension: its rows are versions, which land again without harm; use --mode missing`,
    );
  }
  if (topic.cleanupPolicy === 'compact') {
    throw new MillraceError(
      'replay.refused',
      `${topic.name} is compacted: rows whose records are gone would not come back`,
    );
  }
}

async function missingIn(ranges: Replay['ranges'], options: BeginOptions) {
  const nothing = async () => new Map();
  const dead = options.includesDead ? nothing : deadReader(options);
  return onlyMissing(ranges, await verdictOf(options, dead));
}

/** Dead letters of the topic that Kafka still holds and that are no rows. */
export async function countDead(options: BeginOptions): Promise<number> {
  const { partitions } = await verdictOf(options, deadReader(options));
  return partitions.reduce((sum, { dead }) => sum + dead, 0);
}

/** Dead letters among what a replay has read: they are not in the table, whatever it was. */
export async function countRefused(
  { topic, ranges }: Pick<Replay, 'topic' | 'ranges'>,
  options: Pick<BeginOptions, 'connection' | 'admin'>,
): Promise<number> {
  const dead = (await deadReader(options)()).get(topic);
  return ranges.reduce((sum, { partition, from, end }) => {
    const offsets = [...(dead?.get(partition) ?? [])];
    return sum + offsets.filter((offset) => offset >= from && offset < end).length;
  }, 0);
}

const deadReader = ({ connection, admin }: Pick<BeginOptions, 'connection' | 'admin'>) =>
  createDeadOffsetsReader(connection, admin);

const verdictOf = (
  { contract, connection, admin, clickhouse, liveGroup }: BeginOptions,
  dead: VerifyFactOptions['dead'],
) => verifyFact({ ...{ contract, connection, admin, clickhouse, dead }, group: liveGroup });
