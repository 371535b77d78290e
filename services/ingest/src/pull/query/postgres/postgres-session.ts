/** A session of a query source with PostgreSQL: read-only, in UTC, values as text where JavaScript would round them. */
import { MillraceError } from '@millrace/contracts';
import pg from 'pg';
import type { QueryDeclaration } from '../query-declaration.ts';
import {
  cursorIsNull,
  placeError,
  type QueryPosition,
  type QuerySession,
} from '../query-session.ts';
import { rowTypes } from './row-values.ts';
import { type Connection, type CursorColumn, digitsOf, settledBound } from './settled-bound.ts';

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
      const found = await cursorType(connection, relation, columns[0]!);
      type = found.type;
      const column = { relation, column: columns[0]!, lagSeconds, ...found };
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

/** The cursor's type; a cursor that may be null, or stands still for a day, is refused before a row is read. */
const cursorType = async (
  connection: OpenConnection,
  relation: string,
  column: string,
): Promise<Pick<CursorColumn, 'type' | 'digits'>> => {
  const [row] = await connection.query<{ type: string; missing: boolean }>(
    `SELECT pg_typeof((SELECT ${column} FROM ${relation} AS rows LIMIT 1))::text AS type,
       EXISTS (SELECT FROM ${relation} AS rows WHERE ${column} IS NULL) AS missing`,
  );
  const { type, missing } = row!;
  if (missing) throw cursorIsNull(column);
  if (type === 'date')
    throw new MillraceError(
      'ingest.place-refused',
      `PostgreSQL: ${column} is a date, which rows that are written later the same day have, too`,
    );
  const field = await connection.column(`SELECT ${column} FROM ${relation} AS rows LIMIT 0`);
  return { type, digits: digitsOf(field) };
};

interface OpenConnection extends Connection {
  /** The first column of an answer. */
  column(text: string): Promise<pg.FieldDef>;
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
  const answer = async (text: string, values: readonly unknown[] = []) => {
    try {
      return await client.query(text, [...values]);
    } catch (error) {
      throw explained(error);
    }
  };
  return {
    query: async (text, values) => (await answer(text, values)).rows as never,
    column: async (text) => (await answer(text)).fields[0]!,
    close: () => client.end().catch(() => undefined),
  };
};

/** SQLSTATE classes of what a person must cure: rights, names, syntax, data. Anything else may pass. */
const lasting = /^(?:0A|22|23|25|28|2B|3D|3F|42)/;

const explained = (cause: unknown) => placeError('PostgreSQL', cause, (code) => lasting.test(code));
