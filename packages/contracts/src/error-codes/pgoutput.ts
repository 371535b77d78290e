import type { ErrorDoc } from './error-doc.ts';

/** Errors of pgoutput: replication bytes. */
export const pgoutputErrors = {
  'pgoutput.message-truncated': {
    summary: 'A replication message ends before its last field.',
    cause: 'The bytes were cut or are not what PostgreSQL sent.',
    remedy: 'Restart the service; if it comes again, report it with the PostgreSQL version.',
  },
  'pgoutput.message-unknown': {
    summary: 'A replication message has a form that this version does not know.',
    cause: 'PostgreSQL speaks a protocol version that was not asked for, or the bytes are damaged.',
    remedy: 'Compare the PostgreSQL version with the supported ones; report it.',
  },
  'pgoutput.relation-unknown': {
    summary: 'A row names a table that was not described before it.',
    cause: 'A relation message was lost, which PostgreSQL excludes: a bug.',
    remedy: 'Restart the service; report it.',
  },
  'pgoutput.lsn-invalid': {
    summary: 'A text is not a log sequence number.',
    cause: 'It does not have the form X/Y with hexadecimal halves.',
    remedy: 'Correct the text; `select pg_current_wal_lsn()` shows the form.',
  },
} as const satisfies Record<string, ErrorDoc>;
