/** A database of its own on the stack's ClickHouse for one test file, asked over plain HTTP. */
import { stackUnderTest } from './stack-under-test.ts';
import { uniqueName } from './unique-name.ts';

export interface ClickHouseDatabase {
  readonly name: string;
  /** `http://user:password@host:port/<name>`, as services take it. */
  readonly url: string;
  /** Runs one statement in the database; throws with the server's message when it is refused. */
  execute(sql: string): Promise<void>;
  /** Rows of a SELECT; 64-bit integers come as numbers, so beyond 2^53 cast them to String. */
  query<Row>(sql: string): Promise<Row[]>;
  drop(): Promise<void>;
}

async function send(serverUrl: string, database: string, sql: string): Promise<string> {
  const { origin, username, password } = new URL(serverUrl);
  const settings = new URLSearchParams({
    database,
    output_format_json_quote_64bit_integers: '0',
    wait_end_of_query: '1',
  });
  const response = await fetch(`${origin}/?${settings}`, {
    method: 'POST',
    body: sql,
    headers: {
      'X-ClickHouse-User': decodeURIComponent(username) || 'default',
      'X-ClickHouse-Key': decodeURIComponent(password),
    },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`ClickHouse refused a statement: ${text.trim()}`);
  return text;
}

/** @param serverUrl the server's URL, its database is not used; the stack under test when left out */
export async function createClickHouseDatabase(
  prefix: string,
  serverUrl: string = stackUnderTest().clickhouseUrl,
): Promise<ClickHouseDatabase> {
  const name = uniqueName(prefix);
  const location = new URL(serverUrl);
  location.pathname = `/${name}`;
  await send(serverUrl, 'system', `CREATE DATABASE ${name} ENGINE = Atomic`);
  return {
    name,
    url: location.href,
    execute: async (sql) => {
      await send(serverUrl, name, sql);
    },
    query: async <Row>(sql: string) => {
      const text = await send(serverUrl, name, `${sql} FORMAT JSONEachRow`);
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row);
    },
    drop: async () => {
      await send(serverUrl, 'system', `DROP DATABASE IF EXISTS ${name} SYNC`);
    },
  };
}
