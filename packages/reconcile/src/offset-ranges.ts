/** Offsets as ranges: what a person can read and a replay can be told. Nothing here asks a server. */
export interface OffsetRange {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

/** Ranges kept of one list; the total goes on counting. */
const RANGES_MAX = 10_000;

/** Offsets gathered in ascending order. */
export interface RangeList {
  /** Offsets, also those of ranges that are not kept. */
  readonly total: number;
  readonly ranges: readonly OffsetRange[];
  /** The last offset of all, also when its range is not kept. */
  readonly last: number | undefined;
  add(from: number, to?: number): void;
}

/** An empty list; memory stays bounded however many ranges it is given. */
export function createRangeList(): RangeList {
  const ranges: { from: number; to: number }[] = [];
  let total = 0;
  let last: number | undefined;
  return {
    get total() {
      return total;
    },
    get last() {
      return last;
    },
    ranges,
    add: (from, to = from) => {
      total += to - from + 1;
      const open = ranges.at(-1);
      if (open !== undefined && open.to + 1 === from) open.to = to;
      else if (ranges.length < RANGES_MAX) ranges.push({ from, to });
      last = to;
    },
  };
}

/** Adjacent buckets, ascending, as offset ranges within `[from, end)`. */
export function rangesOfBuckets(
  buckets: readonly number[],
  size: number,
  from: number,
  end: number,
): readonly OffsetRange[] {
  const list = createRangeList();
  for (const bucket of buckets) {
    list.add(Math.max(from, bucket * size), Math.min(end, (bucket + 1) * size) - 1);
  }
  return list.ranges;
}

/** `5, 7–9, …`: at most `shown` ranges. */
export function rangesText(
  { ranges, total }: Pick<RangeList, 'ranges' | 'total'>,
  shown = 20,
): string {
  const text = ranges
    .slice(0, shown)
    .map(({ from, to }) => (from === to ? String(from) : `${from}–${to}`))
    .join(', ');
  return ranges.length > shown ? `${text}, … (${total} offsets)` : text;
}
