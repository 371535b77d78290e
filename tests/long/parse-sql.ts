/** Whether a server takes SQL as it is written: parsed by the server, nothing is carried out, names are not looked up. */
import pg from 'pg';

/** Statements of a text, without what stands behind the last semicolon of a line. */
const statementsOf = (text: string): readonly string[] =>
  text
    .replaceAll(/;[ \t]*--[^\n]*/g, ';')
    .split(/;[ \t]*(?:\n|$)/)
    .filter((statement) => statement.replaceAll(/--[^\n]*/g, '').trim() !== '');

/** Rejects with what ClickHouse says. `{database}`, as in migrations, is filled in. */
export async function parseByClickHouse(url: string, text: string): Promise<void> {
  const { origin, username, password } = new URL(url);
  for (const statement of statementsOf(text)) {
    const answer = await fetch(origin, {
      method: 'POST',
      headers: { 'x-clickhouse-user': username || 'default', 'x-clickhouse-key': password },
      body: `EXPLAIN AST ${statement.replaceAll('{database}', 'millrace')}`,
    });
    const said = await answer.text();
    if (!answer.ok) throw new Error(said);
  }
}

/** Rejects with what PostgreSQL says: PL/pgSQL parses a block before it runs, and this one returns at once. */
export async function parseByPostgres(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const body = statementsOf(text)
      .map((statement) => `${asPlpgsql(statement)};`)
      .join('\n');
    await client.query(`do $page$ begin return; ${body} end $page$`);
  } finally {
    await client.end();
  }
}

/** A select without a place for its rows is refused by PL/pgSQL when it runs, not when it is parsed; `perform` says the same. */
const asPlpgsql = (statement: string): string =>
  statement.replace(/^((?:\s|--[^\n]*\n)*)select\b/i, '$1perform');
