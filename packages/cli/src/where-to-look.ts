/** What a person checks when a server does not answer a command: the message alone may not even say which address was asked. */
import type { ErrorCode, MillraceError } from '@millrace/contracts';

const settings: Partial<Record<ErrorCode, string>> = {
  'clickhouse.unavailable': 'MILLRACE_CLICKHOUSE_URL',
  'kafka.unavailable': 'MILLRACE_KAFKA_BROKERS',
  'registry.unavailable': 'MILLRACE_REGISTRY_URL',
  'cdc.source-unavailable': 'MILLRACE_POSTGRES_URL',
  'operations.unavailable': 'MILLRACE_QUALITY_URL',
};
const servers: Partial<Record<ErrorCode, string>> = {
  'operations.unavailable': '`millrace quality` runs there',
};

/** A sentence to stand behind the message, with a space before it; empty where the message is enough. */
export const whereToLook = ({ code, message }: MillraceError): string => {
  const setting = settings[code];
  if (setting === undefined || message.includes(setting)) return '';
  const end = /[.!?…]$/.test(message) ? '' : '.';
  return `${end} Check ${setting}, and that ${servers[code] ?? 'the server runs there'}.`;
};
