import type { ErrorDoc } from './error-doc.ts';

/** Errors of ingest's pull sources: files, object storage, and what else rows are read from. */
export const ingestPullErrors = {
  'config.source-invalid': {
    summary: 'A source of the project cannot be used.',
    cause:
      'A file under sources/ has an unknown word, a wrong value or a name that does not exist.',
    remedy: 'Correct the file at the line that the message names.',
  },
  'ingest.row-unreadable': {
    summary: 'A row of a file or table cannot be read.',
    cause:
      'It has another number of columns than the header, a quote that is not closed, or broken JSON; of MySQL, a date with a zero in it.',
    remedy:
      'Correct the row at the line that the message names and load the file again; of a table, correct the date, and its cursor brings the row again.',
  },
  'ingest.row-unmapped': {
    summary: 'The mapping fails on a row.',
    cause: 'An expression of `map` cannot be applied to the values of the row.',
    remedy: 'Correct the expression, or the row.',
  },
  'ingest.rows-all-rejected': {
    summary: 'None of the first thousand rows of a load was accepted.',
    cause:
      'The load as a whole is wrong: another contract, columns that no mapping names, a format or delimiter that is not the file’s.',
    remedy:
      'Read the problem in the message, correct the mapping, format or stream and run the load again: nothing of it was loaded. `--keep-going` rejects the rows and goes on.',
  },
  'ingest.part-unreadable': {
    summary: 'A file or object cannot be read on.',
    cause: 'It is damaged, cut off, compressed otherwise than its name says, or of another format.',
    remedy: 'Replace it; the new version is loaded by itself. What was read before stays loaded.',
  },
  'ingest.part-changed': {
    summary: 'A file or object changed while it was being read.',
    cause: 'Somebody wrote to it. Its rows so far are loaded under the version that it had.',
    remedy: 'Write files under another name and rename them when they are complete.',
  },
  'ingest.place-unavailable': {
    summary: 'The place of a source does not answer.',
    cause: 'The object storage, file system, API or database is away, overloaded or out of reach.',
    remedy: 'Nothing: it is tried again. Look at the place when it stays so.',
  },
  'ingest.place-refused': {
    summary: 'The place of a source refuses.',
    cause:
      'The bucket, folder or table does not exist, the credentials do not allow it (of MySQL also: no PROCESS), or the cursor may be null or is of a type without an order.',
    remedy: 'Correct the place or the credentials of the source.',
  },
  'ingest.positions-invalid': {
    summary: 'The position of a source cannot be read.',
    cause: 'Something other than Millrace wrote to _millrace.ingest.positions.',
    remedy: 'Delete that record by a tombstone of its key; its part is then loaded from the start.',
  },
  'ingest.source-unknown': {
    summary: 'There is no source of this name.',
    cause: 'The path of a notification is misspelt, or sources/ of the project has no such file.',
    remedy: 'Correct the name; it is that of the file unless the file says another.',
  },
  'ingest.source-taken': {
    summary: 'Another loader has taken the source over.',
    cause: 'Two processes loaded the same source; the later one goes on.',
    remedy:
      'Nothing when it was meant. Else run one of them: each goes on where the other stopped.',
  },
} as const satisfies Record<string, ErrorDoc>;
