/** One connection to PostgreSQL for one command, with bounds of a person's patience. */
import { MillraceError } from '@millrace/contracts';
import pg from 'pg';

/** A person waits no longer for a connection or an answer. */
const TIMEOUT_MS = 10_000;

/** A driver's error of several attempts has no text of its own. */
const reasonOf = (cause: unknown): string => {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join('; ');
  return cause instanceof Error ? cause.message : String(cause);
};

/** Rejects with `cdc.source-unavailable`, and what `work` rejects with where it is a MillraceError. */
export const withPostgres = async <T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> => {
  const client = new pg.Client({
    ...{ connectionString: url, application_name: 'millrace cdc' },
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  // what breaks is told by the query that is waiting
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    const at = `${client.host}:${client.port}`;
    throw new MillraceError('cdc.source-unavailable', `PostgreSQL at ${at}: ${reasonOf(cause)}`, {
      cause,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
};
