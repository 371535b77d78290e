/**
 * A person's statement and its answer as a table, bounded in rows and bytes, ended when nobody waits for it any more. What
 * may be asked is the caller's affair; so are the settings that bound what it costs the server.
 */
import { text } from 'node:stream/consumers';
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client';
import { MillraceError } from '@millrace/contracts';
import { type ClickHouseRejection, classifyError } from './classify-error.ts';
import type { SelectedRows, SelectOptions } from './clickhouse.ts';

const format = 'JSONCompactEachRowWithNamesAndTypes';

/** Rejects as `ClickHouse.select` says. */
export const selectRows = async (
  client: ClickHouseClient,
  options: SelectOptions,
): Promise<SelectedRows> => {
  const { statement, queryId, signal, settings } = options;
  const begunMs = performance.now();
  try {
    const result = await client.query({
      ...{ query: statement, format, query_id: queryId, abort_signal: signal },
      clickhouse_settings: {
        // The answer begins when it is whole, so that an error is no row of it.
        wait_end_of_query: 1,
        output_format_json_quote_64bit_integers: 1,
        output_format_json_quote_denormals: 1,
        ...settings,
      },
    });
    const summary = result.response_headers['x-clickhouse-summary'];
    const read = readSummary(Array.isArray(summary) ? summary[0] : summary);
    const table = await readTable(result.stream(), options);
    return { ...table, ...read, elapsedMs: Math.round(performance.now() - begunMs) };
  } catch (error) {
    throw explain(error, signal);
  }
};

/**
 * `EXPLAIN AST` of a statement. Without a FORMAT of ours: the parser would take it for the statement's own. Rejects as
 * `ClickHouse.syntax` says.
 */
export const syntaxLines = async (
  client: ClickHouseClient,
  statement: string,
): Promise<readonly string[]> => {
  try {
    const { stream } = await client.exec({ query: `EXPLAIN AST ${statement}\n` });
    // TabSeparated, one column: a line break within a name is two characters there.
    return (await text(stream)).split('\n');
  } catch (error) {
    throw explain(error, undefined);
  }
};

type Lines = AsyncIterable<readonly { readonly text: string }[]>;

const readTable = async (
  stream: Lines,
  { rowsMax, bytesMax }: SelectOptions,
): Promise<Pick<SelectedRows, 'columns' | 'rows' | 'cut'>> => {
  const lines: unknown[][] = [];
  let bytes = 0;
  let cut = false;
  for await (const chunk of stream)
    for (const { text: line } of chunk) {
      bytes += line.length;
      cut ||= lines.length >= rowsMax + 2 || bytes > bytesMax;
      if (!cut) lines.push(JSON.parse(line) as unknown[]);
    }
  const [names = [], types = [], ...rows] = lines;
  const columns = names.map((name, index) => ({
    ...{ name: String(name), type: String(types[index]) },
  }));
  return { columns, rows, cut };
};

const readSummary = (summary: string | undefined): Pick<SelectedRows, 'rowsRead' | 'bytesRead'> => {
  const { read_rows: rows, read_bytes: bytes } = JSON.parse(summary ?? '{}') as {
    read_rows?: string;
    read_bytes?: string;
  };
  return { rowsRead: Number(rows ?? 0), bytesRead: Number(bytes ?? 0) };
};

const REASON_CHARACTERS_MAX = 2000;

const explain = (error: unknown, signal: AbortSignal | undefined): MillraceError => {
  if (signal?.aborted)
    return new MillraceError('clickhouse.rejected', 'The statement was ended by who asked it.');
  if (!(error instanceof ClickHouseError)) return classifyError(error);
  const [serverCode, serverType] = [Number(error.code), error.type ?? 'UNKNOWN'];
  const cause: ClickHouseRejection = {
    ...{ kind: 'clickhouse-rejection', serverCode, serverType, fault: 'statement' },
  };
  // Who reads this wrote the statement: nothing in it is a stranger's.
  const reason = error.message.trim().slice(0, REASON_CHARACTERS_MAX);
  return new MillraceError('clickhouse.rejected', `${reason} (${serverType})`, { cause });
};
