import { MillraceError } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { type Clock, systemClock } from '@millrace/pipeline';
import { groupPosition } from '@millrace/reconcile';

/**
 * Waits until the sink has left behind what it may have sent to a table before this moment: then no insert of
 * an earlier claim comes again, and what a table lacks can be told.
 */
const waitMs = 120_000;
const askEveryMs = 100;

/** Rejects with `contracts.rebuild-failed` when the sink does not get on for two minutes. */
export const waitForClaims = async (
  admin: Pick<Admin, 'committedOffsets' | 'topicId'>,
  group: string,
  topic: string,
  clock: Clock = systemClock,
): Promise<void> => {
  const topicId = await admin.topicId(topic);
  const ends = (await admin.committedOffsets(group, [topic])).map((committed) => ({
    partition: committed.partition,
    end: groupPosition(committed, topicId)?.claimedEnd ?? 0,
  }));
  const deadlineMs = clock.nowMs() + waitMs;
  for (;;) {
    const now = await admin.committedOffsets(group, [topic]);
    const behind = ends.find(({ partition, end }) =>
      now.some((one) => one.partition === partition && one.offset < end),
    );
    if (behind === undefined) return;
    if (clock.nowMs() > deadlineMs) {
      throw new MillraceError(
        'contracts.rebuild-failed',
        `${group} does not get beyond its claim up to ${behind.end} of ${topic}/${behind.partition}; start the sink and run the rebuild again`,
      );
    }
    await clock.sleep(askEveryMs);
  }
};
