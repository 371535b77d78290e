/**
 * A total order over plain values: numbers, texts, bytes, lists and records of them. For ties that must be
 * broken by what the values are and not by when they came, and, as 0, for equality. Its sense is of no
 * meaning beyond that.
 */
export const compareValues = (one: unknown, other: unknown): number => {
  if (Object.is(one, other)) return 0;
  const [kind, otherKind] = [kindOf(one), kindOf(other)];
  if (kind !== otherKind) return kind < otherKind ? -1 : 1;
  switch (kind) {
    case 'bytes':
      return compareLists(one as Uint8Array, other as Uint8Array);
    case 'list':
      return compareLists(one as unknown[], other as unknown[]);
    case 'record':
      return compareRecords(one as PlainRecord, other as PlainRecord);
    default:
      return compareScalars(one as number, other as number);
  }
};

type PlainRecord = Readonly<Record<string, unknown>>;

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return 'absent';
  if (typeof value !== 'object') return typeof value;
  if (Array.isArray(value)) return 'list';
  return value instanceof Uint8Array ? 'bytes' : 'record';
};

/** NaN lies above all numbers; null is as undefined. */
const compareScalars = (one: number, other: number): number => {
  if (one < other) return -1;
  if (one > other) return 1;
  return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
};

const compareLists = (one: ArrayLike<unknown>, other: ArrayLike<unknown>): number => {
  for (let at = 0; at < one.length && at < other.length; at += 1) {
    const order = compareValues(one[at], other[at]);
    if (order !== 0) return order;
  }
  return one.length - other.length;
};

const compareRecords = (one: PlainRecord, other: PlainRecord): number => {
  const names = Object.keys(one).sort();
  const order = compareLists(names, Object.keys(other).sort());
  if (order !== 0) return order;
  for (const name of names) {
    const ofField = compareValues(one[name], other[name]);
    if (ofField !== 0) return ofField;
  }
  return 0;
};

/** Texts by code unit, as everywhere where an order must be the same on every machine. */
export const compareTexts = (one: string, other: string): number =>
  one < other ? -1 : one > other ? 1 : 0;
