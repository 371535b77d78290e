/**
 * How every connection to the source is opened. The settings fix the text form of values, so that they
 * depend neither on the server's configuration nor on this process's time zone.
 */
import type { ClientConfig } from 'pg';

const settings = [
  'TimeZone=UTC',
  'DateStyle=ISO',
  'IntervalStyle=iso_8601',
  'bytea_output=hex',
  'extra_float_digits=1',
  'lc_monetary=C',
  // a policy that would hide rows is an error, not a smaller snapshot
  'row_security=off',
  'statement_timeout=0',
  'idle_in_transaction_session_timeout=0',
  // the server notices within half a minute that our host is gone
  'tcp_keepalives_idle=10',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=4',
] as const;

const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_AFTER_MS = 10_000;

/** `role` is shown by pg_stat_activity behind the service's name; `more` are settings of this session alone. */
export const sessionConfig = (
  postgresUrl: string,
  source: string,
  role: string,
  more: readonly string[] = [],
): ClientConfig => ({
  connectionString: postgresUrl,
  application_name: `millrace.cdc.${source}.${role}`,
  options: [...settings, ...more].map((setting) => `-c ${setting}`).join(' '),
  client_encoding: 'UTF8',
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  keepAlive: true,
  keepAliveInitialDelayMillis: KEEPALIVE_AFTER_MS,
});
