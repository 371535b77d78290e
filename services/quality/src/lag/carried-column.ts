/** A column with a number for each partition, from one layout of the cluster to the next. */
import type { PartitionLayout } from '@millrace/kafka';

/**
 * True when every partition has the same place in both, and may be read in both or neither: columns of the one are columns of
 * the other. Leaders may differ.
 */
export const isSameLayout = (one: PartitionLayout, other: PartitionLayout): boolean => {
  if (one.partitions !== other.partitions || one.topics.size !== other.topics.size) return false;
  for (const place of one.topics.values()) {
    const found = other.topics.get(place.name);
    if (found?.topicId !== place.topicId || found.mayRead !== place.mayRead) return false;
    if (found.first !== place.first || found.partitions !== place.partitions) return false;
  }
  return true;
};

/** Before the first round. */
export const noLayout: PartitionLayout = {
  ...{ topics: new Map(), partitions: 0, leaders: new Int32Array(0) },
};

/** Numbers go with their topic; NaN for what is new, also for a topic that was made again under its name. */
export const carriedColumn = (
  column: Float64Array,
  before: PartitionLayout,
  after: PartitionLayout,
): Float64Array<ArrayBuffer> => {
  const carried = new Float64Array(after.partitions).fill(Number.NaN);
  for (const { name, topicId, first, partitions } of after.topics.values()) {
    const old = before.topics.get(name);
    if (old?.topicId !== topicId) continue;
    const kept = Math.min(partitions, old.partitions);
    carried.set(column.subarray(old.first, old.first + kept), first);
  }
  return carried;
};
