/** A session of a query source with MySQL or MariaDB: read-only, in UTC, values as the server wrote them. */
import { readFile } from 'node:fs/promises';
import { MillraceError } from '@millrace/contracts';
import mysql from 'mysql2/promise';
import type { RowFault } from '../../pull-source.ts';
import type { QueryDeclaration } from '../query-declaration.ts';
import { cursorIsNull, placeError, type QueryChunk, type QuerySession } from '../query-session.ts';
import { type ColumnMeta, readValueOf, zeroDate } from './column-values.ts';
import { behindCondition, type KeysetColumn, keysetColumn, quoted } from './keyset.ts';
import { type MysqlAddress, readMysqlAddress } from './mysql-address.ts';
import { type Connection, settledBound } from './settled-bound.ts';

type Bytes = readonly (Buffer | null)[];

interface OpenConnection extends Connection {
  answer(
    text: string,
  ): Promise<{ readonly rows: readonly Bytes[]; readonly columns: ColumnMeta[] }>;
  close(): Promise<void>;
}

/** Rejects with `ingest.place-*`. */
export const openMysqlSession = async (declaration: QueryDeclaration): Promise<QuerySession> => {
  const { cursor, key, chunk, lagSeconds } = declaration;
  const relation = relationOf(declaration);
  const names = [cursor, ...(key === undefined ? [] : [key])].map(quoted);
  const connection = await connect(declaration.query);
  let keyset: readonly KeysetColumn[] = [];
  return {
    settle: async (clock, signal) => {
      const { columns } = await connection.answer(
        `SELECT ${names.join(', ')} FROM ${relation} AS millrace_rows LIMIT 0`,
      );
      keyset = columns.map(keysetColumn);
      const [missing] = await connection.query(
        `SELECT EXISTS (SELECT 1 FROM ${relation} AS millrace_rows WHERE ${names[0]} IS NULL)`,
      );
      if (String(missing![0]) === '1') throw cursorIsNull(cursor);
      const own = { cursor: keyset[0]!, relation, lagSeconds };
      return await settledBound({ connection, ...own, clock, signal });
    },
    chunk: async (bound, behind) => {
      const from = behind === undefined ? '' : `AND ${behindCondition(keyset, behind)}`;
      const { rows, columns } = await connection.answer(
        `SELECT millrace_rows.*, ${names.join(', ')} FROM ${relation} AS millrace_rows
           WHERE ${names[0]} <= ${keyset[0]!.literal(bound)} ${from}
           ORDER BY ${names.join(', ')} LIMIT ${chunk}`,
      );
      return chunkOf(rows, columns, keyset);
    },
    close: connection.close,
  };
};

const relationOf = ({ table, select }: QueryDeclaration): string =>
  table === undefined ? `(${select})` : table.split('.').map(quoted).join('.');

/** The keyset's columns stand behind the row's own. */
const chunkOf = (
  rows: readonly Bytes[],
  columns: readonly ColumnMeta[],
  keyset: readonly KeysetColumn[],
): QueryChunk => {
  const own = columns.slice(0, columns.length - keyset.length);
  const readers = own.map((column) => ({ name: column.name, read: readValueOf(column) }));
  const faults = new Map<number, RowFault>();
  const values = rows.map((row, index) => {
    const value: Record<string, unknown> = {};
    for (const [at, { name, read }] of readers.entries()) {
      const bytes = row[at] as Buffer | null;
      const given = bytes === null ? null : read(bytes);
      if (given === zeroDate) {
        faults.set(index, zeroDateFault(name, bytes!, own, row));
        return undefined;
      }
      value[name] = given;
    }
    return value;
  });
  const last = rows.at(-1)?.slice(own.length);
  if (last === undefined) return { values, faults };
  const [cursor, key] = keyset.map((column, at) => column.text(last[at]!));
  return { values, faults, last: { cursor: cursor!, key: key ?? null } };
};

const zeroDateFault = (
  name: string,
  bytes: Buffer,
  columns: readonly ColumnMeta[],
  row: Bytes,
): RowFault => ({
  code: 'ingest.row-unreadable',
  message: `column ${name}: ${bytes.toString('latin1')} is no date`,
  text: JSON.stringify(
    Object.fromEntries(
      columns.map((column, at) => [column.name, row[at]?.toString('utf8') ?? null]),
    ),
  ),
});

/** Nothing of the session depends on how the server is set: zone, modes, isolation. */
const settings = [
  "SET SESSION time_zone = '+00:00', sql_mode = '', sql_select_limit = DEFAULT",
  'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY',
];

const connect = async (url: string): Promise<OpenConnection> => {
  const { address, problem } = readMysqlAddress(url);
  if (address === undefined) throw new MillraceError('ingest.place-refused', `MySQL: ${problem}`);
  const options = await optionsOf(address);
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw explained(error);
    }
  };
  const client = await attempt(() => mysql.createConnection(options));
  // A connection that breaks between two queries: the next query rejects, which is where it is dealt with.
  client.on('error', () => undefined);
  const answer: OpenConnection['answer'] = async (sql) => {
    const [rows, columns] = await attempt(() =>
      client.query<mysql.RowDataPacket[][]>({ sql, rowsAsArray: true, typeCast: false }),
    );
    return { rows: rows as unknown as Bytes[], columns: columns as unknown as ColumnMeta[] };
  };
  const close = () => client.end().catch(() => client.destroy());
  try {
    for (const setting of settings) await answer(setting);
  } catch (error) {
    await close();
    throw error;
  }
  return { answer, query: async (text) => (await answer(text)).rows, close };
};

const optionsOf = async (address: MysqlAddress): Promise<mysql.ConnectionOptions> => {
  const { tls, caFile, certificateFile, keyFile, ...server } = address;
  const common: mysql.ConnectionOptions = {
    ...server,
    charset: 'utf8mb4',
    connectTimeout: 10_000,
    flags: ['-LOCAL_FILES'],
    connectAttributes: { program_name: 'millrace-ingest' },
  };
  // a server, or who stands in for it, may ask for the password as it is: only within TLS
  if (tls === 'disable') return { ...common, authPlugins: { mysql_clear_password: refuseClear } };
  const file = async (name: 'ca' | 'cert' | 'key', path: string | undefined) =>
    path === undefined ? {} : { [name]: await readPem(path) };
  return {
    ...common,
    ssl: {
      ...(await file('ca', caFile)),
      ...(await file('cert', certificateFile)),
      ...(await file('key', keyFile)),
      rejectUnauthorized: tls !== 'no-verify',
      verifyIdentity: tls === 'verify-full',
    },
  };
};

const refuseClear = () => () => {
  throw new Error('the server asks for the password in clear text, without TLS');
};

const readPem = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new MillraceError('ingest.place-refused', `MySQL: ${path} cannot be read`, { cause });
  }
};

/** SQLSTATE classes of what a person must cure, as of PostgreSQL, and what MySQL has in none of them. */
const lastingStates = /^(?:0A|21|22|23|25|28|3D|42)/;
const lastingCodes = new Set([
  ...['HANDSHAKE_NO_SSL_SUPPORT', 'AUTH_SWITCH_PLUGIN_ERROR', 'ER_HOST_NOT_PRIVILEGED'],
]);
/** Limits that pass, in classes that do not. */
const passingCodes = new Set(['ER_TOO_MANY_USER_CONNECTIONS', 'ER_USER_LIMIT_REACHED']);

const explained = (cause: unknown): MillraceError => {
  const { sqlState = '' } = cause as { readonly sqlState?: string };
  return placeError(
    'MySQL',
    cause,
    (code) => lastingCodes.has(code) || (lastingStates.test(sqlState) && !passingCodes.has(code)),
  );
};
