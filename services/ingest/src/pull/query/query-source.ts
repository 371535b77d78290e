/**
 * A query by an incremental column as a source: one part that never ends, in chunks by (cursor, key), each with its
 * position in the transaction of its rows. Deletes are not seen: for these there is capture (services/cdc).
 */
import { MillraceError } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import pg from 'pg';
import { createAwaitChange } from '../await-change.ts';
import type { PartPosition, PullSource, RowBatch } from '../pull-source.ts';
import type { QueryDeclaration } from './query-declaration.ts';
import { rowTypes } from './row-values.ts';
import { type Connection, settledBound } from './settled-bound.ts';

/** The last row that was read: cursor and key as PostgreSQL's text. */
interface QueryPosition {
  readonly cursor: string;
  readonly key: string | null;
}

export interface QuerySourceOptions {
  readonly declaration: QueryDeclaration;
  readonly everyMs: number;
  readonly clock: Clock;
}

type Row = Record<string, unknown> & {
  readonly [cursorColumn]: string;
  readonly [keyColumn]: string | null;
};

const cursorColumn = 'millrace_cursor';
const keyColumn = 'millrace_key';

/** One part; a round ends when no rows are left up to the bound that was taken at its beginning. */
export const createQuerySource = (options: QuerySourceOptions): PullSource => {
  const { declaration, everyMs, clock } = options;
  const { cursor, key, chunk, lagSeconds } = declaration;
  const relation = relationOf(declaration);
  const columns = [cursor, ...(key === undefined ? [] : [key])].map(quoted);
  const order = columns.join(', ');

  const chunkText = (type: string, hasPosition: boolean): string => {
    const behind = key === undefined ? `${columns[0]} > $2` : `(${order}) > ($2, $3)`;
    return `SELECT rows.*, ${columns[0]}::text AS ${cursorColumn}, ${columns[1] ?? 'NULL'}::text AS ${keyColumn}
      FROM ${relation} AS rows
      WHERE ${columns[0]} <= $1::${type} ${hasPosition ? `AND ${behind}` : ''}
      ORDER BY ${order} LIMIT ${chunk}`;
  };

  async function* read(
    from: PartPosition | undefined,
    signal: AbortSignal,
  ): AsyncIterable<RowBatch> {
    const connection = await connect(declaration.query);
    try {
      const type = await cursorType(connection, relation, columns[0]!);
      const column = { relation, column: columns[0]!, type, lagSeconds };
      const bound = await settledBound(connection, column, clock, signal);
      if (bound === undefined) return;
      let position = from as unknown as QueryPosition | undefined;
      for (;;) {
        signal.throwIfAborted();
        const values =
          position === undefined
            ? []
            : [position.cursor, ...(key === undefined ? [] : [position.key])];
        const rows = await connection.query<Row>(chunkText(type, position !== undefined), [
          bound,
          ...values,
        ]);
        const last = rows.at(-1);
        if (last === undefined) return;
        position = { cursor: last[cursorColumn], key: last[keyColumn] };
        yield {
          values: rows.map(ownColumns),
          faults: new Map(),
          at: position as unknown as PartPosition,
          bytes: rows.length,
          flush: rows.length < chunk,
        };
        if (rows.length < chunk) return;
      }
    } finally {
      await connection.close();
    }
  }

  return {
    async *parts() {
      yield { name: declaration.table ?? 'query', version: '1', read };
    },
    isText: () => false,
    ...createAwaitChange({ everyMs, clock }),
    close: async () => undefined,
  };
};

const ownColumns = ({ [cursorColumn]: _cursor, [keyColumn]: _key, ...row }: Row) => row;

const quoted = (name: string): string => `"${name}"`;

const relationOf = ({ table, select }: QueryDeclaration): string =>
  table === undefined ? `(${select})` : table.split('.').map(quoted).join('.');

/** The cursor's type; a cursor that may be null, or cannot be compared, is refused before a row is read. */
const cursorType = async (
  connection: Connection,
  relation: string,
  column: string,
): Promise<string> => {
  const [row] = await connection.query<{ type: string; missing: boolean }>(
    `SELECT pg_typeof((SELECT ${column} FROM ${relation} AS rows LIMIT 1))::text AS type,
       EXISTS (SELECT FROM ${relation} AS rows WHERE ${column} IS NULL) AS missing`,
  );
  if (row?.missing === true)
    throw new MillraceError(
      'ingest.place-refused',
      `${column} is null in some rows, which would never be read`,
    );
  return row!.type;
};

interface OpenConnection extends Connection {
  close(): Promise<void>;
}

/** A session that cannot write, with times as ISO 8601 in UTC. */
const connect = async (url: string): Promise<OpenConnection> => {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'millrace-ingest',
    types: rowTypes,
    options:
      '-c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 -c default_transaction_read_only=on',
  });
  // A connection that breaks between two queries: the next query rejects, which is where it is dealt with.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw explained(error);
  }
  return {
    query: async (text, values = []) => {
      try {
        return (await client.query(text, [...values])).rows as never;
      } catch (error) {
        throw explained(error);
      }
    },
    close: () => client.end().catch(() => undefined),
  };
};

/** SQLSTATE classes of what a person must cure: rights, names, syntax, data. Anything else may pass. */
const lasting = /^(?:0A|22|23|25|28|2B|3D|3F|42)/;

/** The driver's error without the address, which holds the password. */
const explained = (cause: unknown): MillraceError => {
  const { code = '', message } = cause as { code?: string; message: string };
  const isLasting = lasting.test(code);
  const words = `PostgreSQL: ${message}${code === '' ? '' : ` (${code})`}`;
  return new MillraceError(isLasting ? 'ingest.place-refused' : 'ingest.place-unavailable', words, {
    retryable: !isLasting,
    cause,
  });
};
