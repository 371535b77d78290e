import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type ClickHouseClient, createClient, parseError } from '@clickhouse/client';
import { MillraceError } from '@millrace/contracts';
import { classifyError } from './classify-error.ts';
import type {
  ClickHouse,
  ClickHouseOptions,
  ClickHouseSettingValues,
  InsertOptions,
} from './clickhouse.ts';
import { selectRows, syntaxLines } from './select-rows.ts';
import { splitStatements } from './split-statements.ts';

/**
 * ClickHouse over @clickhouse/client. It does not retry: whether a request may be repeated is in the
 * error, and whether it should be is the caller's business.
 */
export const createClickHouse = (options: ClickHouseOptions): ClickHouse => {
  const { client, database } = connect(options);

  const run = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    try {
      return await call();
    } catch (error) {
      throw classifyError(error);
    }
  };

  return {
    database,
    exec: (statements, settings) =>
      run(async () => {
        for (const query of splitStatements(statements)) {
          await client.command({ query, clickhouse_settings: { ...ANSWER_AT_END, ...settings } });
        }
      }),
    query: async <Row>(
      statement: string,
      params?: Readonly<Record<string, unknown>>,
      settings?: ClickHouseSettingValues,
    ) => {
      try {
        return await run(() => readRows<Row>(client, statement, params, settings));
      } catch (error) {
        throw asRead(error);
      }
    },
    select: async (selectOptions) => {
      try {
        return await selectRows(client, selectOptions);
      } catch (error) {
        throw asRead(error);
      }
    },
    syntax: async (statement) => {
      try {
        return await syntaxLines(client, statement);
      } catch (error) {
        throw asRead(error);
      }
    },
    insert: (insertOptions) => run(() => insert(client, insertOptions)),
    ping: async () => {
      const result = await client.ping();
      return result.success;
    },
    close: () => client.close(),
  };
};

/**
 * The answer comes when the work is done, so that an error comes as an error and not behind a 200 that
 * has already been sent.
 */
const ANSWER_AT_END = { wait_end_of_query: 1 } as const;

/**
 * All that was asked for or an error, never a part of it, whatever the user's profile says: a cut result of a comparison
 * would double rows, and an insert that is ended early "with what there is" would lose them.
 */
const WHOLE_OR_ERROR = {
  limit: '0',
  offset: '0',
  use_query_cache: 0,
  timeout_overflow_mode: 'throw',
  read_overflow_mode: 'throw',
  result_overflow_mode: 'throw',
  transfer_overflow_mode: 'throw',
} as const;

const connect = (options: ClickHouseOptions): { client: ClickHouseClient; database: string } => {
  const url = new URL(options.url);
  const database = decodeURIComponent(url.pathname.slice(1)) || 'default';
  const client = createClient({
    url: url.origin,
    username: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    database,
    // begins the user agent, by which the server's log of queries tells ours from those of people
    application: 'millrace',
    request_timeout: options.requestTimeoutMs ?? 30_000,
    max_open_connections: options.connectionsMax ?? 10,
    // The server closes an idle connection after 3 s at the earliest; a request on a connection that it is
    // just closing would end with an unknown outcome.
    keep_alive: { enabled: true, idle_socket_ttl: 2_000, eagerly_destroy_stale_sockets: true },
    // The client's own log lines would carry statements and settings; errors are told by our own.
    log: { level: 127 },
  });
  return { client, database };
};

const readRows = async <Row>(
  client: ClickHouseClient,
  statement: string,
  params: Readonly<Record<string, unknown>> | undefined,
  settings: ClickHouseSettingValues | undefined,
): Promise<Row[]> => {
  const result = await client.query({
    query: statement,
    format: 'JSONEachRow',
    clickhouse_settings: {
      ...ANSWER_AT_END,
      ...WHOLE_OR_ERROR,
      output_format_json_quote_64bit_integers: 1,
      ...settings,
    },
    ...(params === undefined ? {} : { query_params: params }),
  });
  return result.json<Row>();
};

/** Nothing can have been carried out by a read, so an unknown outcome is no more than an absence. */
const asRead = (error: unknown): unknown =>
  error instanceof MillraceError && error.code === 'clickhouse.outcome-unknown'
    ? new MillraceError('clickhouse.unavailable', error.message, { retryable: true })
    : error;

const insert = async (
  client: ClickHouseClient,
  { statement, body, token, settings }: InsertOptions,
): Promise<void> => {
  const bytes = Buffer.isBuffer(body) ? body.length : body.bytes;
  const pieces = Buffer.isBuffer(body) ? [body] : body.pieces();
  const { stream, response_headers } = await client.exec({
    query: statement,
    // By bytes and not by objects: else sixteen pieces are made ahead of the socket.
    values: Readable.from(pieces, { objectMode: false, highWaterMark: 1 }),
    // With its length announced the body needs no chunk framing, and one that is cut off cannot pass
    // for a whole one, whatever stands between.
    http_headers: { 'content-length': String(bytes) },
    clickhouse_settings: {
      ...ANSWER_AT_END,
      ...WHOLE_OR_ERROR,
      ...settings,
      async_insert: 0,
      insert_deduplicate: 1,
      insert_deduplication_token: token,
    },
  });
  const answer = await text(stream);
  // An insert that is done answers nothing; text behind a status of 200 is an exception.
  if (answer !== '') throw parseError(answer);
  // A balancer or a login page may say 200, too; whether the server has seen the insert is then not known.
  if (response_headers['x-clickhouse-summary'] === undefined) {
    const why = 'ClickHouse gave no usable answer: another server spoke in its place';
    throw new MillraceError('clickhouse.outcome-unknown', why, { retryable: true });
  }
};
