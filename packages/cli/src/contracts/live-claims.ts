import type { Admin } from '@millrace/kafka';
import { type Clock, systemClock } from '@millrace/pipeline';
import { groupPosition } from '@millrace/reconcile';

/**
 * Waits until the sink has left behind what it may have sent to a table before this moment: then no insert of
 * an earlier claim comes again, and what a table lacks, or has twice, can be told.
 */
const waitMs = 120_000;
const askEveryMs = 100;

/** Resolves with nothing, or, when the sink does not get on for the time (ms), with where it stands. */
export const waitForClaims = async (
  admin: Pick<Admin, 'committedOffsets' | 'topicId'>,
  group: string,
  topic: string,
  { clock = systemClock, forMs = waitMs }: { readonly clock?: Clock; readonly forMs?: number } = {},
): Promise<string | undefined> => {
  const topicId = await admin.topicId(topic);
  const ends = (await admin.committedOffsets(group, [topic])).map((committed) => ({
    partition: committed.partition,
    end: groupPosition(committed, topicId)?.claimedEnd ?? 0,
  }));
  const deadlineMs = clock.nowMs() + forMs;
  for (;;) {
    const now = await admin.committedOffsets(group, [topic]);
    const behind = ends.find(({ partition, end }) =>
      now.some((one) => one.partition === partition && one.offset < end),
    );
    if (behind === undefined) return undefined;
    if (clock.nowMs() >= deadlineMs)
      return `${group} does not get beyond its claim up to ${behind.end} of ${topic}/${behind.partition}`;
    await clock.sleep(askEveryMs);
  }
};
