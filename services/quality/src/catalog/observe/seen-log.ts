/**
 * Who was seen, for longer than this process: written to ClickHouse at most each hour for each, read once. A group that is gone
 * since, a sender that pauses, are still told with when they were last there. Schema versions stand in it by when they came.
 */
import type { Seen } from '@millrace/catalog';
import type { ClickHouse } from '@millrace/clickhouse';
import { quoteName } from '@millrace/contracts';
import type { History } from '../../history/history.ts';
import type { HistoryTable } from '../../history/history-table.ts';

const table: HistoryTable = {
  name: 'millrace_catalog_seen',
  columns: {
    contract: 'LowCardinality(String)',
    kind: 'LowCardinality(String)',
    name: 'String',
  },
  orderBy: ['contract', 'kind', 'name'],
  comment:
    'Who sent to a stream or read it, and when its schema versions came. Written by the quality service.',
};

const EVERY_MS = 3_600_000;
/** Of one contract: senders may call themselves anything. */
const NAMES_MAX = 1000;

/** `version`: came while somebody looked; `version-before`: was there already. */
export type SeenKind = Seen['kind'] | 'version' | 'version-before';

interface Entry {
  readonly kind: SeenKind;
  readonly name: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly writtenMs: number;
}

export interface SeenLog {
  /** Takes over what was written before; rejects with `clickhouse.…`, and may be asked again then. */
  load(): Promise<void>;
  see(contract: string, kind: SeenKind, name: string, atMs: number): void;
  /** Of these kinds. */
  of(contract: string, kinds: readonly SeenKind[]): readonly Omit<Entry, 'writtenMs'>[];
}

export const createSeenLog = (history: History, clickhouse: ClickHouse): SeenLog => {
  const log = history.table(table);
  const seen = new Map<string, Map<string, Entry>>();
  let isLoaded = false;

  const entriesOf = (contract: string): Map<string, Entry> => {
    const known = seen.get(contract) ?? new Map<string, Entry>();
    seen.set(contract, known);
    return known;
  };

  const merge = (contract: string, entry: Entry): void => {
    const entries = entriesOf(contract);
    const key = `${entry.kind} ${entry.name}`;
    const known = entries.get(key);
    entries.set(key, {
      ...entry,
      firstMs: Math.min(known?.firstMs ?? entry.firstMs, entry.firstMs),
      lastMs: Math.max(known?.lastMs ?? 0, entry.lastMs),
      writtenMs: Math.max(known?.writtenMs ?? 0, entry.writtenMs),
    });
  };

  return {
    load: async () => {
      if (isLoaded) return;
      const [there] = await clickhouse.query<{ n: number }>(
        `SELECT count() AS n FROM system.tables WHERE database = currentDatabase() AND name = '${table.name}'`,
      );
      if (Number(there?.n) > 0) {
        const rows = await clickhouse.query<{
          contract: string;
          kind: SeenKind;
          name: string;
          first_ms: string;
          last_ms: string;
        }>(
          `SELECT contract, kind, name, toUnixTimestamp64Milli(min(at)) AS first_ms, toUnixTimestamp64Milli(max(at)) AS last_ms
             FROM ${quoteName(table.name)} GROUP BY contract, kind, name LIMIT ${NAMES_MAX} BY contract`,
        );
        for (const { contract, kind, name, first_ms, last_ms } of rows) {
          const [firstMs, lastMs] = [Number(first_ms), Number(last_ms)];
          merge(contract, { kind, name, firstMs, lastMs, writtenMs: lastMs });
        }
      }
      isLoaded = true;
    },
    see: (contract, kind, name, atMs) => {
      const entries = entriesOf(contract);
      const known = entries.get(`${kind} ${name}`);
      if (known === undefined && entries.size >= NAMES_MAX) return;
      const isDue = known === undefined || atMs - known.writtenMs >= EVERY_MS;
      const writtenMs = isDue ? atMs : known.writtenMs;
      merge(contract, { kind, name, firstMs: atMs, lastMs: atMs, writtenMs });
      if (isDue) log.append([{ atMs, contract, kind, name }]);
    },
    of: (contract, kinds) =>
      [...(seen.get(contract)?.values() ?? [])].filter(({ kind }) => kinds.includes(kind)),
  };
};
