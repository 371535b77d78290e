/** What the rounds of a snapshot tell: each round in its own Kafka transaction, so nothing is told that is not there. */
import type { PartitionBatch } from '@millrace/kafka';
import { isDone, type SnapshotPlan, type TableWork } from '../snapshot/snapshot-plan.ts';
import { listOf, type Notification, type Notify } from './notification.ts';

/** Records of the round that is about to be committed. */
export type RoundNotices = () => readonly PartitionBatch[];

const KIND = 'Initial Snapshot';

const nameOf = ({ table: { shape } }: TableWork): string => listOf([shape]);

export const createRoundNotices = (plan: SnapshotPlan, notify: Notify): RoundNotices => {
  const all = listOf(plan.tables.map(({ table: { shape } }) => shape));
  const begun = new Set<TableWork>();
  const ended = new Set<TableWork>();
  let hasStarted = false;

  const ofTable = (work: TableWork): readonly Notification[] => {
    const told: Notification[] = [];
    if (!begun.has(work) && (work.done > 0 || isDone(work))) {
      begun.add(work);
      told.push({
        ...{ kind: KIND, type: 'IN_PROGRESS' },
        data: { data_collections: all, current_collection_in_progress: nameOf(work) },
      });
    }
    if (!ended.has(work) && isDone(work)) {
      ended.add(work);
      told.push({
        ...{ kind: KIND, type: 'TABLE_SCAN_COMPLETED' },
        data: {
          ...{ data_collections: all, scanned_collection: nameOf(work), status: 'SUCCEEDED' },
          total_rows_scanned: String(work.rows),
        },
      });
    }
    return told;
  };

  return () => {
    if (plan.tables.length === 0) return notify({ kind: KIND, type: 'SKIPPED' });
    const told: Notification[] = [
      ...(hasStarted ? [] : [{ kind: KIND, type: 'STARTED' } as const]),
      ...plan.tables.flatMap(ofTable),
      ...(plan.isComplete ? [{ kind: KIND, type: 'COMPLETED' } as const] : []),
    ];
    hasStarted = true;
    return told.flatMap(notify);
  };
};
