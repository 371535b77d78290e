/** Which consumer groups read a topic, out of the lag part's last round. */
import { groupAsSeen, type Seen } from '@millrace/catalog';
import type { LagReport } from '@millrace/operations';

/**
 * A group that commits on the topic or was dealt it. Last seen is now when it has members, unknown of one without: it has offsets.
 * @param transforms names of the project's transforms
 */
export const seenGroups = (
  report: LagReport | undefined,
  topic: string,
  transforms: readonly string[],
): readonly Seen[] =>
  (report?.groups ?? [])
    .filter(({ topics }) => topics.includes(topic))
    .map(({ group, service, members }) =>
      groupAsSeen(group, service === 'sink', transforms, members > 0 ? report!.atMs : null),
    );
