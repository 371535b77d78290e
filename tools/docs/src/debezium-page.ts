import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { page, table } from './markdown.ts';

/** What the page needs of one entry of the compatibility test's table. */
export interface DebeziumDifference {
  readonly field: string;
  readonly ours: string;
  readonly theirs: string;
  readonly reason: string;
  readonly kind: 'chosen' | 'gap';
}

const sources = ['tests/compat/accepted-differences.ts', 'tests/compat/accepted-in-messages.ts'];

/** Loads the tests' tables by their paths, as tests are imported by nobody. @param root the repository's root */
export async function loadDebeziumDifferences(root: string): Promise<DebeziumDifference[]> {
  const lists = sources.map(async (source) => {
    const path = join(root, source);
    if (!existsSync(path)) throw new Error(`${source} is missing`);
    const module = (await import(pathToFileURL(path).href)) as Record<string, DebeziumDifference[]>;
    return Object.values(module).flat();
  });
  return (await Promise.all(lists)).flat();
}

/** docs/reference/debezium-differences.md: where a consumer sees something else than from Debezium. */
export const debeziumPage = (differences: readonly DebeziumDifference[]): string => {
  const section = (title: string, kind: DebeziumDifference['kind']): string => {
    const rows = differences
      .filter((difference) => difference.kind === kind)
      .map(({ field, ours, theirs, reason }) => [field, ours, theirs, reason]);
    const body =
      rows.length === 0 ? 'None.\n' : table(['What', 'Millrace', 'Debezium 3.6', 'Reason'], rows);
    return `## ${title}\n\n${body}`;
  };
  return page('Differences from Debezium', sources.map((source) => `\`${source}\``).join(', '), [
    'Both run over the same statements in `npm run test:compat`: topics, keys, envelopes, headers, order and schemas are compared field by field, with the defaults, with other modes of the types, with column rules, with a snapshot by signal, and with transaction metadata and partitions as tables; the outbox and logical messages by tests of their own. It fails on a difference that is not here, and on a line here that no longer occurs. Only the envelope’s own `ts_ms`, `ts_us`, `ts_ns` are not compared: each service’s clock.',
    section('Chosen', 'chosen'),
    section('Not there yet', 'gap'),
  ]);
};
