import type { ConsumedBatch, RecordPack } from '@millrace/kafka';

/**
 * Fetched records of one task, by topic. They stay until their commit is known, so that a task that has to begin
 * again at what is committed does not read them from the broker a second time.
 */
export interface InputQueue {
  /** Records below the next offset that is expected are left out. */
  add(batch: ConsumedBatch): void;
  /**
   * The next records, those of the topic whose first has the smallest timestamp: up to where another topic's
   * come before them.
   */
  next(): InputSpan | undefined;
  /** The first `count` records that `next` gave are processed. */
  processed(span: InputSpan, count: number): void;
  /** By topic: the offset to be read next, where something was processed since the last call. */
  takeProgress(): Map<string, number>;
  /** The offset to be read next: behind what is processed. */
  position(topic: string): number;
  /** Everything below these offsets is committed, and let go. */
  committed(offsets: ReadonlyMap<string, number>): void;
  /** Holds records of these topics back until others are processed up to the offsets that `release` tells. */
  hold(topics: ReadonlySet<string>): void;
  release(ends: ReadonlyMap<string, number>): void;
  /** Whether records of the topic are held back. */
  isHeld(topic: string): boolean;
  /** Begins again at these offsets. */
  rewind(offsets: ReadonlyMap<string, number>): void;
  /** Behind what was added, or where the last `rewind` went. */
  nextOffset(topic: string): number;
  /** Memory of what waits in the topic, bytes. */
  waitingBytes(topic: string): number;
  /** Memory of what is processed and not known to be committed, bytes. */
  readonly uncommittedBytes: number;
  /** Something was passed over or processed since `takeProgress` was last called. */
  readonly hasProgress: boolean;
  /** Records that wait and are not held back. */
  readonly waiting: number;
  /** Offsets from what is processed to the ends of the topics, as they were last seen. */
  readonly lag: number;
}

export interface InputSpan {
  readonly topic: string;
  readonly pack: RecordPack;
  readonly from: number;
  readonly to: number;
}

interface Entry {
  readonly pack: RecordPack | undefined;
  readonly from: number;
  readonly to: number;
  /** Where reading goes on behind it: past control records, too. */
  readonly endOffset: number;
}

interface Lane {
  readonly topic: string;
  entries: Entry[];
  /** The entry being read, and the record in it. */
  at: number;
  index: number;
  /** Memory of the entries before `at`, and of the others. */
  readBytes: number;
  bytes: number;
  waiting: number;
  nextOffset: number;
  endOffset: number;
  /** Behind what is processed. */
  position: number;
  hasProgress: boolean;
}

const heldBytes = ({ pack, from, to }: Entry): number =>
  pack === undefined ? 0 : (pack.heldBytes * (to - from)) / pack.count;

export const createInputQueue = (topics: readonly string[]): InputQueue => {
  const lanes = new Map<string, Lane>(
    topics.map((topic) => [
      topic,
      {
        ...{ topic, entries: [], at: 0, index: 0, readBytes: 0, bytes: 0, waiting: 0 },
        ...{ nextOffset: 0, endOffset: 0, position: 0, hasProgress: false },
      },
    ]),
  );

  let held: ReadonlySet<string> | undefined;
  let ends: ReadonlyMap<string, number> | undefined;
  const isHeld = (topic: string): boolean => held?.has(topic) ?? false;
  const releaseWhenRead = (): void => {
    if (ends === undefined) return;
    for (const [topic, end] of ends) if (laneOf(topic).position < end) return;
    held = undefined;
    ends = undefined;
  };

  /** Passes over entries without records, and over those that are read. */
  const settle = (lane: Lane): void => {
    for (;;) {
      const entry = lane.entries[lane.at];
      if (entry === undefined || lane.index < entry.to) return;
      lane.bytes -= heldBytes(entry);
      lane.readBytes += heldBytes(entry);
      lane.position = entry.endOffset;
      lane.hasProgress = true;
      lane.at += 1;
      lane.index = lane.entries[lane.at]?.from ?? 0;
    }
  };

  const append = (lane: Lane, entry: Entry): void => {
    lane.entries.push(entry);
    lane.bytes += heldBytes(entry);
    lane.nextOffset = entry.endOffset;
    lane.waiting += entry.to - entry.from;
    if (lane.at === lane.entries.length - 1) lane.index = entry.from;
    settle(lane);
  };

  /** A task that began again may be further than what is still fetched for it: another owner was, meanwhile. */
  const addFrom = (lane: Lane, entry: Entry): void => {
    for (const rest of entryFrom(entry, lane.nextOffset)) append(lane, rest);
  };

  const headTime = (lane: Lane): number => lane.entries[lane.at]!.pack!.timestampsMs[lane.index]!;

  const laneOf = (topic: string): Lane => lanes.get(topic)!;

  return {
    add({ topic, records, nextOffset, highWatermark }) {
      const lane = laneOf(topic);
      lane.endOffset = highWatermark;
      const { spans } = records;
      if (spans.length === 0) {
        addFrom(lane, { pack: undefined, from: 0, to: 0, endOffset: nextOffset });
        releaseWhenRead();
        return;
      }
      spans.forEach(({ pack, from, to }, index) => {
        const isLast = index === spans.length - 1;
        const endOffset = isLast ? nextOffset : pack.offsets[to - 1]! + 1;
        addFrom(lane, { pack, from, to, endOffset });
      });
    },
    next() {
      let soonest: Lane | undefined;
      let soonestMs = 0;
      let otherMs = Number.POSITIVE_INFINITY;
      for (const lane of lanes.values()) {
        if (lane.waiting === 0 || isHeld(lane.topic)) continue;
        const timeMs = headTime(lane);
        if (soonest === undefined || timeMs < soonestMs) {
          if (soonest !== undefined) otherMs = Math.min(otherMs, soonestMs);
          soonest = lane;
          soonestMs = timeMs;
        } else otherMs = Math.min(otherMs, timeMs);
      }
      if (soonest === undefined) return undefined;
      const { pack, to } = soonest.entries[soonest.at] as Entry & { pack: RecordPack };
      const from = soonest.index;
      let end = to;
      if (otherMs !== Number.POSITIVE_INFINITY) {
        end = from + 1;
        while (end < to && pack.timestampsMs[end]! <= otherMs) end += 1;
      }
      return { topic: soonest.topic, pack, from, to: end };
    },
    processed({ topic }, count) {
      const lane = laneOf(topic);
      const { pack } = lane.entries[lane.at]!;
      lane.index += count;
      lane.waiting -= count;
      if (count > 0) {
        lane.position = pack!.offsets[lane.index - 1]! + 1;
        lane.hasProgress = true;
      }
      settle(lane);
      releaseWhenRead();
    },
    takeProgress() {
      const progress = new Map<string, number>();
      for (const lane of lanes.values()) {
        if (lane.hasProgress) progress.set(lane.topic, lane.position);
        lane.hasProgress = false;
      }
      return progress;
    },
    position: (topic) => laneOf(topic).position,
    committed(offsets) {
      for (const [topic, offset] of offsets) {
        const lane = laneOf(topic);
        let gone = 0;
        while (gone < lane.at && lane.entries[gone]!.endOffset <= offset) {
          lane.readBytes -= heldBytes(lane.entries[gone]!);
          gone += 1;
        }
        lane.entries = lane.entries.slice(gone);
        lane.at -= gone;
      }
    },
    hold(topics) {
      held = topics;
      ends = undefined;
    },
    release(found) {
      ends = found;
      releaseWhenRead();
    },
    isHeld,
    rewind(offsets) {
      for (const lane of lanes.values()) {
        const from = offsets.get(lane.topic)!;
        const kept = lane.entries.flatMap((entry) => entryFrom(entry, from));
        Object.assign(lane, {
          ...{ entries: [], at: 0, index: 0, readBytes: 0, bytes: 0, waiting: 0 },
          ...{ nextOffset: from, position: from, hasProgress: false },
        });
        for (const entry of kept) append(lane, entry);
      }
    },
    nextOffset: (topic) => laneOf(topic).nextOffset,
    waitingBytes: (topic) => laneOf(topic).bytes,
    get lag() {
      let lag = 0;
      for (const { position, endOffset } of lanes.values()) {
        lag += Math.max(0, endOffset - position);
      }
      return lag;
    },
    get uncommittedBytes() {
      let bytes = 0;
      for (const lane of lanes.values()) bytes += lane.readBytes;
      return bytes;
    },
    get hasProgress() {
      for (const lane of lanes.values()) if (lane.hasProgress) return true;
      return false;
    },
    get waiting() {
      let waiting = 0;
      for (const lane of lanes.values()) if (!isHeld(lane.topic)) waiting += lane.waiting;
      return waiting;
    },
  };
};

/** What of an entry is at or behind an offset. */
const entryFrom = (entry: Entry, offset: number): readonly Entry[] => {
  const { pack, to, endOffset } = entry;
  if (endOffset <= offset) return [];
  let { from } = entry;
  while (pack !== undefined && from < to && pack.offsets[from]! < offset) from += 1;
  return [{ ...entry, from }];
};
