import type { ErrorDoc } from './error-doc.ts';

/** Errors of `millrace ingest rejected`. */
export const ingestRejectedErrors = {
  'ingest.rejected-unknown': {
    summary: 'There is no rejected event of this id.',
    cause: 'It is older than its table keeps, has not landed yet, or the id is misspelt.',
    remedy: 'Run `millrace ingest rejected list`; ids are in its last column.',
  },
  'ingest.rejected-absent': {
    summary: 'The warehouse has no table of rejected events.',
    cause: '`millrace contracts apply` was not run since a stream keeps what it rejects.',
    remedy: 'Run `millrace contracts apply`, then start the door and the sink again.',
  },
  'ingest.redrive-stopped': {
    summary: 'A redrive stopped before its end.',
    cause: 'The door could not be reached, was busy for too long, or did not let the command in.',
    remedy:
      'Read the reason in the message and run the same command again: what was taken is not taken twice.',
  },
  'ingest.repair-unfit': {
    summary: 'A repair cannot be made.',
    cause: 'The event is not JSON, or has no object where the repair points.',
    remedy: 'Choose other events by --code or --stream, or correct the fields that are named.',
  },
} as const satisfies Record<string, ErrorDoc>;
