/**
 * Statements that a person writes, on their way to ClickHouse: parsed by the server, judged, run under `readonly` with
 * bounds on time, memory and rows, and stopped when who asked goes away.
 */
import { randomUUID } from 'node:crypto';
import {
  type ClickHouse,
  quoteLiteral,
  rejectionOf,
  type SelectedRows,
} from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';
import type { Role } from '@millrace/operations';
import { judgeStatement, type StatementRights } from './judge-statement.ts';
import { type Profile, queryTerms, readProfile } from './query-settings.ts';
import { readSyntax } from './read-syntax.ts';
import { statementText } from './statement-text.ts';

export interface SqlBoxOptions {
  /** The service's own user: parses, and ends what goes on. */
  readonly clickhouse: ClickHouse;
  /** MILLRACE_QUALITY_SQL_URL: a user who may only read. */
  readonly reader: ClickHouse | undefined;
  readonly readable: ReadonlySet<string>;
  readonly timeMs: number;
  readonly memoryBytes: number;
}

export interface SqlQuestion {
  readonly sql: string;
  readonly limit: number;
  readonly estimate: boolean;
  readonly role: Role;
  readonly signal: AbortSignal;
}

export interface SqlBox {
  /**
   * Rejects with `operations.sql-refused` (it may not run), `operations.sql-limit` (it ran into a bound),
   * `operations.sql-failed` (ClickHouse refused it), `operations.sql-busy` (too many at once), and as ClickHouse's client does.
   */
  ask(question: SqlQuestion): Promise<SelectedRows>;
}

/** Statements at once, of all. */
const runningMax = 4;
const answerBytesMax = 32 * 1024 * 1024;

/** TIMEOUT_EXCEEDED, MEMORY_LIMIT_EXCEEDED, TOO_MANY_ROWS, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES, TOO_SLOW and their kind. */
const boundCodes: ReadonlySet<number> = new Set([158, 159, 160, 241, 290, 307, 396, 753]);

export const createSqlBox = (options: SqlBoxOptions): SqlBox => {
  const { clickhouse, reader, readable } = options;
  const bounds = { ...options, resultBytes: answerBytesMax };
  let tableFunctions: Promise<ReadonlySet<string>> | undefined;
  let profile: Promise<Profile> | undefined;
  let running = 0;

  const rightsOf = async (role: Role): Promise<StatementRights> => {
    tableFunctions ??= namesOf(
      clickhouse,
      'SELECT lower(name) AS name FROM system.table_functions',
    );
    tableFunctions.catch(() => {
      tableFunctions = undefined;
    });
    return {
      database: clickhouse.database,
      existing: await namesOf(
        clickhouse,
        'SELECT name FROM system.tables WHERE database = currentDatabase()',
      ),
      readable: role === 'admin' ? undefined : readable,
      isByUser: reader !== undefined,
      tableFunctions: await tableFunctions,
    };
  };

  /** Throws `operations.sql-refused` with the reason. */
  const judge = async (statement: string, role: Role): Promise<void> => {
    const rights = await rightsOf(role);
    const why = judgeStatement(readSyntax(await clickhouse.syntax(statement)), rights);
    if (why !== undefined) throw new MillraceError('operations.sql-refused', why);
  };

  const profileOf = (): Promise<Profile> => {
    profile ??= readProfile(reader ?? clickhouse);
    profile.catch(() => {
      profile = undefined;
    });
    return profile;
  };

  const run = async (question: SqlQuestion, statement: string): Promise<SelectedRows> => {
    await judge(statement, question.role);
    const { limit, signal, estimate } = question;
    const { settings, rowsMax } = queryTerms(await profileOf(), bounds, limit);
    const queryId = `millrace-sql-${randomUUID()}`;
    const kill = () => void killQuery(clickhouse, queryId);
    signal.addEventListener('abort', kill, { once: true });
    try {
      return await (reader ?? clickhouse).select({
        statement: estimate ? `EXPLAIN ESTIMATE ${statement}` : statement,
        ...{ queryId, rowsMax, signal, bytesMax: answerBytesMax },
        settings,
      });
    } finally {
      signal.removeEventListener('abort', kill);
    }
  };

  return {
    ask: async (question) => {
      const statement = statementText(question.sql);
      if (statement === undefined)
        throw new MillraceError('operations.sql-refused', 'Only a SELECT may be asked here.');
      if (running >= runningMax)
        throw new MillraceError(
          'operations.sql-busy',
          `${running} statements run already; ${runningMax} may at once.`,
          { retryable: true },
        );
      running += 1;
      try {
        return await run(question, statement);
      } catch (error) {
        throw explain(error);
      } finally {
        running -= 1;
      }
    },
  };
};

const namesOf = async (
  clickhouse: Pick<ClickHouse, 'query'>,
  statement: string,
): Promise<ReadonlySet<string>> =>
  new Set((await clickhouse.query<{ name: string }>(statement)).map(({ name }) => name));

/** The server ends it by itself when the connection closes; this is for servers and proxies that do not. */
const killQuery = (clickhouse: ClickHouse, queryId: string): Promise<void> =>
  clickhouse
    .exec(`KILL QUERY WHERE query_id = ${quoteLiteral(queryId)} ASYNC`)
    .catch(() => undefined);

/** What the server says of a person's statement is that person's to read. */
const explain = (error: unknown): unknown => {
  const rejection = rejectionOf(error);
  if (rejection === undefined || !(error instanceof MillraceError)) return error;
  const code = boundCodes.has(rejection.serverCode)
    ? 'operations.sql-limit'
    : 'operations.sql-failed';
  return new MillraceError(code, error.message, { cause: error.cause });
};
