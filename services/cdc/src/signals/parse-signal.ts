/**
 * What a person asks of a running capture: Debezium's signals in its own form, `{id, type, data}`.
 * Source: Debezium's documentation, "Sending signals to a Debezium connector".
 */
export interface SnapshotRequest {
  /** Patterns of captured tables. */
  readonly tables: readonly string[];
  /** SQL per table, by `schema.table`. */
  readonly conditions: ReadonlyMap<string, string>;
  /** The stream stands still meanwhile. */
  readonly isBlocking: boolean;
}

export type Signal =
  | { readonly type: 'execute-snapshot'; readonly id: string; readonly request: SnapshotRequest }
  | { readonly type: 'stop-snapshot'; readonly id: string; readonly tables: readonly string[] }
  | { readonly type: 'pause-snapshot' | 'resume-snapshot'; readonly id: string }
  | { readonly type: 'log'; readonly id: string; readonly message: string }
  | { readonly type: 'refused'; readonly id: string; readonly reason: string };

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textsOf = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;

/** `data` comes as an object or, in Debezium's signal table, as its JSON text. */
const dataOf = (value: unknown): Fields | undefined => {
  if (value === undefined || value === null || value === '') return {};
  const parsed: unknown = typeof value === 'string' ? parseJson(value) : value;
  return isFields(parsed) ? parsed : undefined;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const conditionsOf = (value: unknown): ReadonlyMap<string, string> | undefined => {
  if (value === undefined) return new Map();
  if (!Array.isArray(value)) return undefined;
  const pairs = value.map((one) => {
    const { 'data-collection': table, filter } = isFields(one) ? one : {};
    return typeof table === 'string' && typeof filter === 'string'
      ? ([table, filter] as const)
      : undefined;
  });
  return pairs.includes(undefined) ? undefined : new Map(pairs as (readonly [string, string])[]);
};

const executeSnapshot = (id: string, data: Fields): Signal => {
  const tables = textsOf(data['data-collections']);
  const conditions = conditionsOf(data['additional-conditions']);
  const type = String(data['type'] ?? 'incremental').toLowerCase();
  if (type !== 'incremental' && type !== 'blocking') {
    return {
      type: 'refused',
      id,
      reason: `a snapshot of type "${type}" is not known: incremental, blocking`,
    };
  }
  if (tables === undefined || tables.length === 0) {
    return { type: 'refused', id, reason: 'data-collections names no table' };
  }
  if (conditions === undefined) {
    return {
      type: 'refused',
      id,
      reason: 'additional-conditions is not a list of data-collection and filter',
    };
  }
  return {
    type: 'execute-snapshot',
    id,
    request: { tables, conditions, isBlocking: type === 'blocking' },
  };
};

/** Never throws: what cannot be done is a refusal with its reason. */
export const parseSignal = (fields: unknown): Signal => {
  if (!isFields(fields))
    return { type: 'refused', id: '', reason: 'the signal is not a JSON object' };
  const id = String(fields['id'] ?? '');
  const data = dataOf(fields['data']);
  if (data === undefined) return { type: 'refused', id, reason: 'data is not a JSON object' };
  switch (fields['type']) {
    case 'execute-snapshot':
      return executeSnapshot(id, data);
    case 'stop-snapshot':
      return { type: 'stop-snapshot', id, tables: textsOf(data['data-collections']) ?? ['*'] };
    case 'pause-snapshot':
    case 'resume-snapshot':
      return { type: fields['type'], id };
    case 'log':
      return { type: 'log', id, message: String(data['message'] ?? '') };
    default:
      return { type: 'refused', id, reason: `the type "${String(fields['type'])}" is not known` };
  }
};

/** A signal as the content of a logical message. */
export const parseSignalText = (text: string): Signal => parseSignal(parseJson(text));
