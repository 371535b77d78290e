/** Two captures of the same statements, compared field by field: values, headers, and every attribute of the schemas. */
import type { Capture, CapturedRecord } from './read-capture.ts';

export interface Difference {
  /** `PREFIX.public.orders` */
  readonly topic: string;
  /** Position in the topic and operation, for a person; `#3 u`. */
  readonly record: string;
  /** `value.source.lsn`, `valueSchema.fields[before].type…`, `headers.x`. */
  readonly path: string;
  readonly ours: unknown;
  readonly theirs: unknown;
}

export interface Comparison {
  readonly records: number;
  /** Values compared: leaves of keys, values, headers and schemas. */
  readonly fields: number;
  readonly differences: readonly Difference[];
}

type Report = (path: string, ours: unknown, theirs: unknown) => void;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Fields and named types of a schema are told by their name, not by their place. */
const sharedName = (ours: unknown, theirs: unknown): string | undefined => {
  if (!isObject(ours) || !isObject(theirs) || typeof ours['name'] !== 'string') return undefined;
  return ours['name'] === theirs['name'] ? ours['name'] : undefined;
};

/** Number of leaves compared. */
const compareJson = (path: string, ours: unknown, theirs: unknown, report: Report): number => {
  if (!isObject(ours) || !isObject(theirs) || Array.isArray(ours) !== Array.isArray(theirs)) {
    if (ours !== theirs && !(ours === undefined && theirs === undefined))
      report(path, ours, theirs);
    return 1;
  }
  const names = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
  const step = (name: string) =>
    Array.isArray(ours)
      ? `${path}[${sharedName(ours[Number(name)], theirs[name]) ?? name}]`
      : `${path}.${name}`;
  return names.reduce(
    (count, name) => count + compareJson(step(name), ours[name], theirs[name], report),
    0,
  );
};

/** Order of fields in a record, which JSON's deep comparison of decoded values does not see. */
const fieldOrder = (datum: unknown): string | undefined =>
  isObject(datum) ? Object.keys(datum).join(',') : undefined;

/** Each service's own clock: that there is a number is compared, not which. */
const withoutClock = (datum: unknown): unknown => {
  if (!isObject(datum)) return datum;
  const clocks = ['ts_ms', 'ts_us', 'ts_ns'].filter((name) => typeof datum[name] === 'string');
  return { ...datum, ...Object.fromEntries(clocks.map((name) => [name, 'a time'])) };
};

const operation = (record: CapturedRecord | undefined): string => {
  if (record === undefined) return 'none';
  if (record.value === null) return 'tombstone';
  const { datum } = record.value;
  return isObject(datum) && typeof datum['op'] === 'string' ? datum['op'] : '-';
};

const compareRecord = (ours: CapturedRecord, theirs: CapturedRecord, report: Report): number => {
  const side = (record: CapturedRecord) => ({
    key: record.key?.datum ?? null,
    keySchema: record.key?.schema ?? null,
    value: withoutClock(record.value?.datum ?? null),
    valueSchema: record.value?.schema ?? null,
    valueFieldOrder: fieldOrder(record.value?.datum),
    headers: record.headers,
  });
  const [left, right] = [side(ours), side(theirs)] as Record<string, unknown>[];
  return Object.keys(left ?? {}).reduce(
    (count, name) => count + compareJson(name, left?.[name], right?.[name], report),
    0,
  );
};

/** Compares topic by topic and record by record, in order. */
export function compareCaptures(ours: Capture, theirs: Capture): Comparison {
  const differences: Difference[] = [];
  let records = 0;
  let fields = 0;
  for (const topic of [...new Set([...ours.keys(), ...theirs.keys()])].sort()) {
    const [left, right] = [ours.get(topic) ?? [], theirs.get(topic) ?? []];
    const operations = (list: readonly CapturedRecord[]) => list.map(operation).join(' ');
    if (operations(left) !== operations(right)) {
      differences.push({
        ...{ topic, record: 'all', path: 'operations' },
        ...{ ours: operations(left), theirs: operations(right) },
      });
    }
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const [a, b] = [left[i], right[i]] as [CapturedRecord, CapturedRecord];
      records++;
      const record = `#${i} ${operation(a)}`;
      fields += compareRecord(a, b, (path, one, other) =>
        differences.push({ topic, record, path, ours: one, theirs: other }),
      );
    }
  }
  return { records, fields, differences };
}
