/** A database of its own on the stack's PostgreSQL for one test file. */
import pg from 'pg';
import { stackUnderTest } from './stack-under-test.ts';
import { uniqueName } from './unique-name.ts';

export interface PostgresDatabase {
  readonly name: string;
  readonly url: string;
  /** A connected client; ended by `drop` when the test has not. */
  connect(): Promise<pg.Client>;
  query(sql: string, values?: unknown[]): Promise<pg.QueryResult>;
  /** Ends its sessions, drops its replication slots, then the database. */
  drop(): Promise<void>;
}

async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined); // a test may kill the server or the session
  await client.connect();
  return client;
}

/** A slot can be dropped once its walsender has gone, which terminating only asks for. */
async function dropSlots(admin: pg.Client, database: string): Promise<void> {
  for (;;) {
    await admin.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
      [database],
    );
    await admin.query(
      'select pg_drop_replication_slot(slot_name) from pg_replication_slots where database = $1 and not active',
      [database],
    );
    const left = await admin.query(
      'select slot_name from pg_replication_slots where database = $1',
      [database],
    );
    if (left.rowCount === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/**
 * @param serverUrl any database of the server; the stack under test when left out
 * @param options SQL behind the name, e.g. its encoding
 */
export async function createPostgresDatabase(
  prefix: string,
  serverUrl: string = stackUnderTest().postgresUrl,
  options = '',
): Promise<PostgresDatabase> {
  const name = uniqueName(prefix);
  const location = new URL(serverUrl);
  location.pathname = `/${name}`;
  const clients: pg.Client[] = [];
  const admin = await connectTo(serverUrl);
  await admin.query(`create database ${pg.escapeIdentifier(name)} ${options}`);
  await admin.end();
  const connect = async () => {
    const client = await connectTo(location.href);
    clients.push(client);
    return client;
  };
  const own = await connect();
  return {
    name,
    url: location.href,
    connect,
    query: (sql, values) => own.query(sql, values),
    drop: async () => {
      await Promise.allSettled(clients.map((client) => client.end()));
      const dropper = await connectTo(serverUrl);
      await dropSlots(dropper, name);
      await dropper.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
      await dropper.end();
    },
  };
}
