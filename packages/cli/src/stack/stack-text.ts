/** How a stack is shown to a person: lines and tables of text, no I/O. */
import type { StackEndpoints, StackPart, StackProgress } from '@millrace/stack';

const names: Readonly<Record<StackPart | 'download', string>> = {
  kafka: 'Kafka',
  registry: 'Registry',
  postgres: 'PostgreSQL',
  clickhouse: 'ClickHouse',
  download: 'Download',
};

export const seconds = (durationMs: number) => `${(durationMs / 1000).toFixed(1)} s`;

const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;

/** Rows of cells, each column as wide as its widest cell, two blanks apart. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

export function progressLine({ part, state, atMs, detail }: StackProgress): string {
  const what = detail === undefined ? state : `${state}: ${detail}`;
  return `${seconds(atMs).padStart(7)}  ${names[part].padEnd(10)}  ${what}`;
}

export function endpointTable(endpoints: StackEndpoints, dataDir: string): string {
  return columns([
    [names.kafka, endpoints.kafkaBrokers],
    [names.registry, endpoints.registryUrl],
    [names.postgres, endpoints.postgresUrl],
    [names.clickhouse, endpoints.clickhouseUrl],
    ...(dataDir === '' ? [] : [['Data', dataDir]]),
  ]);
}

export interface PartStatus {
  readonly part: StackPart;
  readonly state: 'ready' | 'starting' | 'ended';
  readonly pid: number;
  readonly port: number;
  /** Undefined when it has ended. */
  readonly residentBytes?: number;
}

export function partTable(parts: readonly PartStatus[]): string {
  return columns([
    ['PART', 'STATE', 'PID', 'PORT', 'MEMORY'],
    ...parts.map(({ part, state, pid, port, residentBytes }) => [
      names[part],
      state,
      String(pid),
      String(port),
      residentBytes === undefined ? '-' : mebibytes(residentBytes),
    ]),
  ]);
}
