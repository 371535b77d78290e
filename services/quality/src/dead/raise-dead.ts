/** What of dead letters is not well: letters that come, however few, and partitions that wait in a flood. */
import type { FloodLog } from '@millrace/dead-letters';
import type { PartContext } from '../part.ts';
import type { Watch } from '../watch.ts';
import { countReasons } from './read-letters.ts';

const EVERY_MS = 15_000;
/** One letter within it is told of: a slow leak is one, too. */
const LEAK_WINDOW_MS = 3_600_000;
const GROWING = 'dead-growing:';
const FLOOD = 'dead-flood:';

export const raiseDead = (
  {
    board,
    clickhouse,
    clock,
    metrics,
  }: Pick<PartContext, 'board' | 'clickhouse' | 'clock' | 'metrics'>,
  floods: FloodLog,
): Watch => ({
  name: 'dead-conditions',
  everyMs: EVERY_MS,
  round: async () => {
    const nowMs = clock.nowMs();
    const log = await floods.read(nowMs);
    metrics.deadFloods.set(log.floods.length);
    const flooded = new Set<string>();
    for (const { service, owner, topic, partition, dead, records, code, sinceMs } of log.floods) {
      const key = `${FLOOD}${[service, owner ?? '', topic, partition].join('/')}`;
      flooded.add(key);
      board.raise({
        ...{ key, name: 'DeadLetterFlood', severity: 'critical' },
        subject: `${service} ${topic}/${partition}`,
        summary: `${owner ?? service} waits at ${topic}/${partition} since ${new Date(sinceMs).toISOString()}: ${dead} of ${records} records would be dead letters (${code})`,
      });
    }
    board.keepOnly(FLOOD, flooded);
    const filter = { fromMs: nowMs - LEAK_WINDOW_MS, state: 'waiting' } as const;
    const { reasons } = await countReasons(clickhouse, filter, nowMs);
    const growing = new Set<string>();
    // what senders got wrong is their matter, and they were told
    for (const [place, ofTopic] of Map.groupBy(
      reasons.filter(({ service }) => service !== 'ingest'),
      ({ service, topic }) => `${service} ${topic}`,
    )) {
      const key = `${GROWING}${place}`;
      growing.add(key);
      const count = ofTopic.reduce((sum, one) => sum + one.count, 0);
      const codes = ofTopic.map(({ code }) => code).join(', ');
      board.raise({
        ...{ key, name: 'DeadLettersGrowing', severity: 'warning', subject: place },
        summary: `${count} dead ${count === 1 ? 'letter' : 'letters'} of ${place} in the last hour (${codes})`,
      });
    }
    board.keepOnly(GROWING, growing);
  },
});
