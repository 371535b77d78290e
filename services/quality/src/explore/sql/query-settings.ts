/**
 * Settings that a statement runs under: the service's bounds, within what the user's own profile leaves. A profile that is
 * `readonly` cannot be made so again, one that has a bound refuses a looser one, and under `readonly` 1 nothing can be set.
 */
import type { ClickHouse, ClickHouseSettingValues } from '@millrace/clickhouse';

export interface QueryBounds {
  readonly timeMs: number;
  readonly memoryBytes: number;
  readonly resultBytes: number;
}

/** What the profile of a user says, by setting. */
export type Profile = ReadonlyMap<string, { readonly value: number; readonly max: number }>;

export interface QueryTerms {
  readonly settings: ClickHouseSettingValues;
  /** Rows that can be given, and one more is asked for to see whether there are more. */
  readonly rowsMax: number;
  /** What holds in the end, whoever set it; null: nothing does. */
  readonly timeMs: number | null;
  readonly memoryBytes: number | null;
}

const asked = [
  ...['readonly', 'max_execution_time', 'max_memory_usage', 'max_threads', 'max_result_rows'],
] as const;

/** Rejects as ClickHouse's client does. */
export const readProfile = async (reader: Pick<ClickHouse, 'query'>): Promise<Profile> => {
  const rows = await reader.query<{ name: string; value: string; max: string | null }>(
    `SELECT name, value, toString(max) AS max FROM system.settings
     WHERE name IN (${asked.map((name) => `'${name}'`).join(', ')})`,
  );
  return new Map(
    rows.map(({ name, value, max }) => [
      name,
      { value: Number(value), max: max === null || max === '' ? Infinity : Number(max) },
    ]),
  );
};

/** @param limit rows that were asked for */
export const queryTerms = (profile: Profile, bounds: QueryBounds, limit: number): QueryTerms => {
  const of = (name: string) => profile.get(name) ?? { value: 0, max: Infinity };
  // 0 is no bound; of a profile's own one more row would be too many.
  const given = of('max_result_rows').value || Infinity;
  const rowsMax = Math.max(1, Math.min(limit, given - 1));
  const readonly = of('readonly').value;
  if (readonly === 1) {
    const [seconds, memory] = [of('max_execution_time').value, of('max_memory_usage').value];
    const timeMs = seconds === 0 ? null : seconds * 1000;
    return { settings: {}, rowsMax, timeMs, memoryBytes: memory === 0 ? null : memory };
  }
  const within = (name: string, wanted: number) => String(Math.min(wanted, of(name).max));
  const seconds = within('max_execution_time', Math.ceil(bounds.timeMs / 1000));
  return {
    ...{ rowsMax, timeMs: Number(seconds) * 1000 },
    memoryBytes: Number(within('max_memory_usage', bounds.memoryBytes)),
    settings: {
      max_execution_time: seconds,
      timeout_overflow_mode: 'throw',
      max_memory_usage: within('max_memory_usage', bounds.memoryBytes),
      max_threads: within('max_threads', 2),
      max_result_bytes: String(bounds.resultBytes),
      result_overflow_mode: 'throw',
      limit: String(rowsMax + 1),
      cancel_http_readonly_queries_on_client_close: 1,
      ...(readonly === 0 && { readonly: 1 }),
    },
  };
};
