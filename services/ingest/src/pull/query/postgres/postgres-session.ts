/** A session of a query source with PostgreSQL: read-only, in UTC, values as text where JavaScript would round them. */
import pg from 'pg';
import type { QueryDeclaration } from '../query-declaration.ts';
import {
  cursorIsNull,
  placeError,
  type QueryPosition,
  type QuerySession,
} from '../query-session.ts';
import { rowTypes } from './row-values.ts';
import { type Connection, settledBound } from './settled-bound.ts';

type Row = Record<string, unknown> & {
  readonly [cursorColumn]: string;
  readonly [keyColumn]: string | null;
};

const cursorColumn = 'millrace_cursor';
const keyColumn = 'millrace_key';

/** Rejects with `ingest.place-*`. */
export const openPostgresSession = async (declaration: QueryDeclaration): Promise<QuerySession> => {
  const { cursor, key, chunk, lagSeconds } = declaration;
  const relation = relationOf(declaration);
  const columns = [cursor, ...(key === undefined ? [] : [key])].map(quoted);
  const order = columns.join(', ');
  const connection = await connect(declaration.query);
  let type = '';

  const chunkText = (hasPosition: boolean): string => {
    const behind = key === undefined ? `${columns[0]} > $2` : `(${order}) > ($2, $3)`;
    return `SELECT rows.*, ${columns[0]}::text AS ${cursorColumn}, ${columns[1] ?? 'NULL'}::text AS ${keyColumn}
      FROM ${relation} AS rows
      WHERE ${columns[0]} <= $1::${type} ${hasPosition ? `AND ${behind}` : ''}
      ORDER BY ${order} LIMIT ${chunk}`;
  };
  const valuesOf = (behind: QueryPosition | undefined): readonly (string | null)[] => {
    if (behind === undefined) return [];
    return key === undefined ? [behind.cursor] : [behind.cursor, behind.key];
  };

  return {
    settle: async (clock, signal) => {
      type = await cursorType(connection, relation, columns[0]!);
      const column = { relation, column: columns[0]!, type, lagSeconds };
      return await settledBound(connection, column, clock, signal);
    },
    chunk: async (bound, behind) => {
      const rows = await connection.query<Row>(chunkText(behind !== undefined), [
        bound,
        ...valuesOf(behind),
      ]);
      const last = rows.at(-1);
      return {
        values: rows.map(ownColumns),
        faults: new Map(),
        ...(last === undefined
          ? {}
          : { last: { cursor: last[cursorColumn], key: last[keyColumn] } }),
      };
    },
    close: connection.close,
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
  if (row?.missing === true) throw cursorIsNull(column);
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

const explained = (cause: unknown) => placeError('PostgreSQL', cause, (code) => lasting.test(code));
