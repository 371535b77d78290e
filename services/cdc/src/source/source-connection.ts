/** One plain SQL connection to the source: queries whose errors are classified, and news of its loss. */
import pg, { type Client, type QueryResultRow } from 'pg';
import { sessionConfig } from './session-settings.ts';
import { sourceError } from './source-error.ts';

export interface SourceConnection {
  /** Whoever asks while another statement runs waits his turn. */
  query<Row extends QueryResultRow>(
    sql: string,
    values?: readonly unknown[],
  ): Promise<readonly Row[]>;
  /** For protocols that need the driver itself (COPY). */
  readonly client: Client;
  /** Rejects with `cdc.source-unavailable` when the connection breaks; never resolves. */
  readonly lost: Promise<never>;
  /** Breaks off what runs; resolves within two seconds, also when the server does not answer. */
  close(): Promise<void>;
}

const CLOSE_TIMEOUT_MS = 2000;

/** Throws `cdc.source-unavailable` (retryable) or `cdc.source-refused`. */
export const connectSource = async (
  postgresUrl: string,
  source: string,
  role: string,
  replication = false,
): Promise<SourceConnection> => {
  const config = {
    ...sessionConfig(postgresUrl, source, role),
    ...(replication ? { replication: 'database' } : {}),
  };
  const client = new pg.Client(config);
  const { promise: lost, reject } = Promise.withResolvers<never>();
  // whoever waits for it sees the rejection; nobody has to
  lost.catch(() => undefined);
  client.on('error', (error) => reject(sourceError(error, `connection "${role}"`)));
  client.on('end', () =>
    reject(sourceError(new Error('connection ended'), `connection "${role}"`)),
  );
  try {
    await client.connect();
  } catch (error) {
    throw sourceError(error, 'connecting to PostgreSQL');
  }
  const run = async <Row extends QueryResultRow>(sql: string, values?: readonly unknown[]) => {
    try {
      const result =
        values === undefined
          ? await client.query<Row>(sql)
          : await client.query<Row>(sql, [...values]);
      return result.rows;
    } catch (error) {
      throw sourceError(error, 'querying PostgreSQL');
    }
  };
  // the driver's own queue of statements is to go with its next version
  let turn: Promise<unknown> = Promise.resolve();
  return {
    client,
    lost,
    query: <Row extends QueryResultRow>(sql: string, values?: readonly unknown[]) => {
      const answer = turn.then(() => run<Row>(sql, values));
      turn = answer.catch(() => undefined);
      return answer;
    },
    close: async () => {
      const late = setTimeout(() => client.connection.stream.destroy(), CLOSE_TIMEOUT_MS);
      await client.end().catch(() => undefined);
      clearTimeout(late);
    },
  };
};
