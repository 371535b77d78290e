import type { ReadRecord, SourceReader } from '../records/source-reader.ts';
import type { TopicInput } from './topic-input.ts';

/** A source of the stage: which of its inputs it is, and how its records are read. */
export interface StageSource {
  readonly index: number;
  readonly node: string;
  readonly reader: SourceReader;
}

/** A topic of the outside, read by one source or several. */
export const createSourceInput = (topic: string, sources: readonly StageSource[]): TopicInput => {
  const reads = sources.map((source) => ({
    ...source,
    record: { key: null, value: undefined, timeMs: 0 } as ReadRecord,
    isWanted: false,
  }));
  const indexes = sources.map(({ index }) => index);
  return {
    topic,
    indexes,
    sources: indexes,
    take(pack, index, { running, time, outputs, nowMs }) {
      for (const read of reads) {
        const outcome = read.reader.read(pack, index, read.record);
        if (outcome === 'unknown') return false;
        read.isWanted = outcome === 'read';
      }
      for (const { isWanted, index: input, node, record } of reads) {
        if (!isWanted) continue;
        const { key, value, timeMs } = record;
        const watermarkMs = time.read(input, timeMs, nowMs);
        outputs.reading?.(node, pack, index, value);
        running.push(input, { key, value, timeMs, watermarkMs });
      }
      return true;
    },
    async learn(pack, index, signal) {
      for (const { reader } of reads) await reader.learn(pack, index, signal);
    },
  };
};
