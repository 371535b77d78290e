/**
 * The session that holds the source's lock. It never falls silent: the server ends it when this process is frozen or
 * its host is gone, so that another instance can take over; and a server that does not answer it counts as lost.
 */
import type { CdcConfig } from '../config.ts';
import { connectSource, type SourceConnection } from './source-connection.ts';

const PULSES = 5;
const ANSWERS = 2;

/**
 * The server ends it after the silence timeout without a statement (PostgreSQL 14 and later; before, only keepalives
 * tell it), and a statement that runs so long; twice as long without an answer, and it counts as lost.
 * Throws `cdc.source-unavailable` (retryable) or `cdc.source-refused`.
 */
export const connectControl = async (
  config: Pick<CdcConfig, 'postgresUrl' | 'silenceTimeoutMs' | 'source'>,
): Promise<SourceConnection> => {
  const silenceMs = config.silenceTimeoutMs;
  const connection = await connectSource(config.postgresUrl, config.source, 'control');
  const { stream } = connection.client.connection;
  const answerMs = ANSWERS * silenceMs;

  const query: SourceConnection['query'] = async (sql, values) => {
    const late = setTimeout(
      () => stream.destroy(new Error(`PostgreSQL did not answer in ${answerMs} ms`)),
      answerMs,
    );
    try {
      return await connection.query(sql, values);
    } finally {
      clearTimeout(late);
    }
  };
  let pulse: NodeJS.Timeout | undefined;
  const close = async (): Promise<void> => {
    clearInterval(pulse);
    await connection.close();
  };
  try {
    await query(
      `select set_config(name, $1, false) from pg_settings
       where name in ('idle_session_timeout', 'statement_timeout')`,
      [String(silenceMs)],
    );
  } catch (error) {
    await close();
    throw error;
  }
  // a broken connection ends the session by itself
  pulse = setInterval(() => query('select 1').catch(() => undefined), silenceMs / PULSES);
  return { ...connection, query, close };
};
