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
import type { Role, SqlEstimate } from '@millrace/operations';
import { estimateStatement } from './estimate-statement.ts';
import { judgeStatement, type StatementRights } from './judge-statement.ts';
import { type Profile, type QueryTerms, queryTerms, readProfile } from './query-settings.ts';
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
  readonly role: Role;
  readonly signal: AbortSignal;
}

export interface SqlBox {
  /**
   * Rejects with `operations.sql-refused` (it may not run), `operations.sql-limit` (it ran into a bound),
   * `operations.sql-failed` (ClickHouse refused it), `operations.sql-busy` (too many at once), and as ClickHouse's client does.
   */
  ask(question: SqlQuestion): Promise<SelectedRows>;
  /**
   * What it would read; that it may not run, or that ClickHouse refuses it, is an answer. Rejects with `operations.sql-limit` (to estimate
   * it takes too much), `operations.sql-busy`, and as ClickHouse's client does.
   */
  estimate(question: SqlQuestion): Promise<SqlEstimate>;
}

/** Statements at once, of all. */
const runningMax = 4;
/** They are asked while people type, read nothing, and keep nobody from asking. */
const estimatesMax = 8;
const estimateSeconds = 5;
const answerBytesMax = 32 * 1024 * 1024;

/** TIMEOUT_EXCEEDED, MEMORY_LIMIT_EXCEEDED, TOO_MANY_ROWS, TOO_MANY_BYTES, TOO_MANY_ROWS_OR_BYTES, TOO_SLOW and their kind. */
const boundCodes: ReadonlySet<number> = new Set([158, 159, 160, 241, 290, 307, 396, 753]);

export const createSqlBox = (options: SqlBoxOptions): SqlBox => {
  const { clickhouse, reader, readable } = options;
  const bounds = { ...options, resultBytes: answerBytesMax };
  let tableFunctions: Promise<ReadonlySet<string>> | undefined;
  let profile: Promise<Profile> | undefined;
  const asStatement = createTurnstile('statements', runningMax);
  const asEstimate = createTurnstile('estimates', estimatesMax);

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
    const { limit, signal } = question;
    const { settings, rowsMax } = queryTerms(await profileOf(), bounds, limit);
    return killable(clickhouse, signal, (queryId) =>
      (reader ?? clickhouse).select({
        ...{ statement, queryId, rowsMax, signal, bytesMax: answerBytesMax, settings },
      }),
    );
  };

  const foretell = async (
    question: SqlQuestion,
    statement: string | undefined,
  ): Promise<SqlEstimate> => {
    const { role, signal, limit } = question;
    const terms = queryTerms(await profileOf(), bounds, limit);
    const { timeMs, memoryBytes, rowsMax: rows } = terms;
    const limits = { timeMs, memoryBytes, rows };
    try {
      if (statement === undefined) throw noSelect();
      await judge(statement, role);
      const settings = estimateSettings(terms.settings);
      const asked = { reader: reader ?? clickhouse, settings, signal };
      const estimate = await killable(clickhouse, signal, (queryId) =>
        estimateStatement(clickhouse, statement, { ...asked, queryId }),
      );
      return { refused: null, ...estimate, limits };
    } catch (error) {
      const refused = refusalOf(explain(error));
      if (refused === undefined) throw error;
      return { refused, tables: [], rows: 0, parts: 0, bytes: null, limits };
    }
  };

  return {
    ask: async (question) => {
      const statement = statementText(question.sql);
      if (statement === undefined) throw noSelect();
      return asStatement(() => run(question, statement));
    },
    estimate: (question) => asEstimate(() => foretell(question, statementText(question.sql))),
  };
};

/** Lets so many in at once; others are told to come again. */
const createTurnstile = (what: string, most: number) => {
  let inside = 0;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (inside >= most)
      throw new MillraceError(
        'operations.sql-busy',
        `${inside} ${what} run already; ${most} may at once.`,
        { retryable: true },
      );
    inside += 1;
    try {
      return await work();
    } catch (error) {
      throw explain(error);
    } finally {
      inside -= 1;
    }
  };
};

/** Work by statements of one id, which end when who asked is gone. */
const killable = async <T>(
  clickhouse: ClickHouse,
  signal: AbortSignal,
  work: (queryId: string) => Promise<T>,
): Promise<T> => {
  const queryId = `millrace-sql-${randomUUID()}`;
  const kill = () => void killQuery(clickhouse, queryId);
  signal.addEventListener('abort', kill, { once: true });
  return work(queryId).finally(() => signal.removeEventListener('abort', kill));
};

/**
 * Of an explanation every line is wanted, `limit` is for answers. ClickHouse works out what an estimate hangs on (subqueries that are
 * one value, sets of an IN), and gets less time for it than for the whole.
 */
const estimateSettings = (settings: QueryTerms['settings']): QueryTerms['settings'] => {
  const { limit: _, ...others } = settings;
  const seconds = others['max_execution_time'];
  if (seconds === undefined) return others;
  return { ...others, max_execution_time: String(Math.min(Number(seconds), estimateSeconds)) };
};

const noSelect = () =>
  new MillraceError('operations.sql-refused', 'Only a SELECT may be asked here.');

/** What concerns the statement, and would be the same when it is run. */
const refusalOf = (error: unknown): SqlEstimate['refused'] | undefined => {
  if (!(error instanceof MillraceError)) return undefined;
  const { code, message } = error;
  const isOfStatement = code === 'operations.sql-refused' || code === 'operations.sql-failed';
  return isOfStatement ? { code, message } : undefined;
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
