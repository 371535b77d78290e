/** Which consumer groups read which topic, out of the lag part's last round. */
import { groupAsSeen, type Seen } from '@millrace/catalog';
import type { TopicReaders } from '../../lag/report-lag.ts';

/**
 * By topic: groups that commit on it or were dealt it. Last seen is now of one with members, unknown of one without: it has offsets.
 * @param transforms names of the project's transforms
 */
export const seenGroups = (
  report: TopicReaders | undefined,
  transforms: readonly string[],
): ReadonlyMap<string, readonly Seen[]> => {
  const found = new Map<string, Seen[]>();
  for (const { group, service, members, topics } of report?.groups ?? []) {
    const lastMs = members > 0 ? report!.atMs : null;
    const seen = groupAsSeen(group, service === 'sink', transforms, lastMs);
    for (const topic of topics) {
      const known = found.get(topic);
      if (known === undefined) found.set(topic, [seen]);
      else known.push(seen);
    }
  }
  return found;
};
