import type { ErrorDoc } from './error-doc.ts';

/** Errors of clickhouse. */
export const clickhouseErrors = {
  'clickhouse.unavailable': {
    summary: 'ClickHouse did not take a request; nothing of it was carried out.',
    cause: 'The server is down, shutting down, overloaded or read-only for the moment.',
    remedy: "Check the server's health and its load; the operation is tried again.",
  },
  'clickhouse.outcome-unknown': {
    summary: 'A request to ClickHouse ended without an answer; it may have been carried out.',
    cause: 'The connection broke or the time ran out after the request had been sent.',
    remedy: 'Nothing to do for inserts of the platform: they are repeated with the same token.',
  },
  'clickhouse.rejected': {
    summary: 'ClickHouse refused a statement or its data for good.',
    cause: 'The statement, the table or a value in the data does not fit.',
    remedy: "Read the server's code in the message; for data errors look at the dead letter topic.",
  },
} as const satisfies Record<string, ErrorDoc>;
