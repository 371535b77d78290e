/** What a door hears in `_millrace.ingest.ids`: the cluster's seed, ids for its windows, how far each door has told, notices of sources. */
import type { ConsumedBatch } from '@millrace/kafka';
import type { DoorSeries } from './door-series.ts';
import { type IdBlock, readIdRecord } from './id-blocks.ts';
import type { IdLogOptions } from './id-log-options.ts';

export interface IdFollower {
  /** This door's own name: its blocks are not news to it. */
  readonly door: string;
  take(batch: ConsumedBatch): void;
  /** Whether a door has ever said what fingerprints are made with. */
  knowsSeed(): boolean;
  series(): readonly DoorSeries[];
  /** Ids heard so far. */
  heard(): number;
}

export const createIdFollower = ({
  door,
  streams,
  seed,
  windowAgeMs,
  noticed,
  clock,
}: Pick<IdLogOptions, 'streams' | 'seed' | 'windowAgeMs' | 'noticed' | 'clock'> & {
  readonly door: string;
}): IdFollower => {
  const windows = new Map(streams.map(({ topic, window }) => [topic, window]));
  const doors = new Map<string, DoorSeries>();
  let known: number | undefined;
  let heard = 0;

  const takeBlock = (block: IdBlock): void => {
    for (const [topic, prints] of block.prints) {
      const window = windows.get(topic);
      if (window === undefined) continue;
      window.rememberPrints(prints);
      window.mark(block.atMs);
      heard += prints.length / 16;
    }
  };

  return {
    door,
    take: ({ records }) => {
      const oldestMs = clock.nowMs() - windowAgeMs;
      for (const { key, value, timestampMs, offset } of records) {
        const record = readIdRecord(key, value);
        if (record === undefined) continue;
        if (record.kind === 'door') {
          doors.set(record.door, { ...record, seenMs: timestampMs, offset });
          continue;
        }
        if (record.kind === 'notice') {
          if (record.door !== door) noticed(record.source);
          continue;
        }
        const told = record.kind === 'seed' ? record.seed : record.block.seed;
        known ??= told;
        seed.value = known;
        // Fingerprints of another seed say nothing here; it was drawn by a door that was not heard.
        if (record.kind === 'seed' || record.door === door || told !== known) continue;
        if (record.block.atMs >= oldestMs) takeBlock(record.block);
      }
    },
    knowsSeed: () => known !== undefined,
    series: () => [...doors.values()],
    heard: () => heard,
  };
};
