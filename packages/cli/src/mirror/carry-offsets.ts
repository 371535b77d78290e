/**
 * Carries the groups of the source over to the copy: each offset to the same record, exactly or not at all. Out of the
 * source while it is there, else out of what the mirror has noted of it.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import { type Contract, hasWarehouse, type WarehouseContract } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { landedBeyond, takeBack } from './landed-beyond.ts';
import { type MirrorLog, type NotedGroup, placeKey } from './mirror-log.ts';
import { type Translated, translatePosition } from './translate-position.ts';

export interface CarryOptions {
  readonly to: Admin;
  readonly log: MirrorLog;
  readonly groups: readonly NotedGroup[];
  /** The source is gone: what is not copied will never be. */
  readonly isSourceGone: boolean;
  readonly isDryRun: boolean;
  /** The warehouse that both sinks fill, and whose group is asked for in it; left out where the copy fills another. */
  readonly warehouse?: {
    readonly clickhouse: ClickHouse;
    readonly contracts: readonly Contract[];
    readonly sinkGroup: string;
    /** Rows behind a hole are removed, so that they land from the copy. */
    readonly takesBack: boolean;
  };
}

export interface CarriedOffset {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly result: Translated;
  readonly takenBack: number;
}

/** Groups are committed whole or not at all. Rejects with `kafka.refused` for a group that has members on the copy. */
export async function carryOffsets(options: CarryOptions): Promise<readonly CarriedOffset[]> {
  const carried: CarriedOffset[] = [];
  const copyCluster = await options.to.clusterId();
  for (const group of options.groups) {
    const own: CarriedOffset[] = [];
    for (const at of group.offsets) {
      const one = await carryOne(group.group, at, copyCluster, options);
      if (one !== undefined) own.push(one);
    }
    carried.push(...own);
    const moved = own.flatMap(({ topic, partition, result }) =>
      result.kind === 'moved'
        ? [{ topic, partition, offset: result.offset, metadata: result.metadata }]
        : [],
    );
    if (options.isDryRun || moved.length < own.length || moved.length === 0) continue;
    await options.to.commitOffsets(group.group, moved);
  }
  return carried;
}

async function carryOne(
  group: string,
  at: NotedGroup['offsets'][number],
  cluster: string,
  options: CarryOptions,
): Promise<CarriedOffset | undefined> {
  const { topic, partition, offset } = at;
  const copied = options.log.copied.get(placeKey(topic, partition));
  if (copied === undefined) return undefined;
  const contract = factOf(topic, group, options);
  const question = { contract: contract!, sourceId: copied.sourceId, partition, offset };
  const common = {
    runs: copied.runs,
    isWhole: copied.isFirst,
    copiedTo: options.isSourceGone ? undefined : copied.next,
    copyLog: { cluster, topicId: copied.copyId },
  };
  const { clickhouse, takesBack } = options.warehouse ?? {};
  const landed = contract && (await landedBeyond(clickhouse!, question));
  const told = { group, topic, partition, from: offset, takenBack: 0 };
  const result = translatePosition(at, { ...common, ...(landed && { landed }) });
  if (result.kind === 'moved' || !result.landedAfter || !takesBack || options.isDryRun) {
    return { ...told, result };
  }
  const first = result.landedAfter[0]!;
  await takeBack(clickhouse!, { ...question, offset: first });
  const kept = new Set([...landed!].filter((one) => one < first));
  return {
    ...told,
    result: translatePosition(at, { ...common, landed: kept }),
    takenBack: result.landedAfter.length,
  };
}

/** The fact that this group lands the topic in; undefined when the warehouse has nothing to say of the offset. */
function factOf(
  topic: string,
  group: string,
  { warehouse }: CarryOptions,
): WarehouseContract | undefined {
  if (warehouse?.sinkGroup !== group) return undefined;
  return warehouse.contracts
    .filter(hasWarehouse)
    .find((one) => one.topic.name === topic && one.warehouse.role === 'fact');
}
