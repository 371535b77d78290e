import type { ErrorDoc } from './error-doc.ts';

/** Errors of contracts: the Avro record and its ODCS document. */
export const contractsErrors = {
  'contracts.avro-invalid': {
    summary: 'A schema breaks a rule of the Avro specification.',
    cause:
      'A name, default, union or logical type is not as Avro 1.12 asks, or the text is not JSON.',
    remedy: 'Correct the path that the message names; it carries the rule and the remedy.',
  },
  'contracts.column-unsafe': {
    summary: 'No ClickHouse column keeps the values of an Avro field.',
    cause:
      'ClickHouse would refuse the type, or cast it to another range or unit without an error.',
    remedy:
      'Change the field as the message says, or leave the stream without a warehouse section.',
  },
  'contracts.project-invalid': {
    summary: 'Contracts have problems, so nothing was planned or applied.',
    cause:
      'A file of the project breaks a rule; the message lists every problem with file and line.',
    remedy: 'Correct them; `millrace contracts check` shows the same list.',
  },
  'contracts.plan-refused': {
    summary: 'A plan has steps that lose data or cannot be done in place, so nothing was applied.',
    cause:
      'The contracts ask for another type, key, order or fewer partitions than what exists has.',
    remedy:
      'Follow the way that each step names, or apply with --allow-destructive where it says so.',
  },
  'contracts.migration-failed': {
    summary: 'A statement of warehouse/*.sql did not end well; those before it are done.',
    cause: 'ClickHouse refused the statement, or gave no answer; the message holds its words.',
    remedy:
      'Correct this statement in the file, which is allowed as it is not done yet, and apply again: it goes on there.',
  },
  'contracts.migrations-locked': {
    summary: 'Another run carries migrations out.',
    cause:
      'Two runs of `millrace contracts apply`, or one that ended without giving its lock back.',
    remedy: 'Wait for the other; the lock of a run that is gone ends a minute after its last sign.',
  },
  'contracts.rebuild-failed': {
    summary: 'A table was not rebuilt, or not to the end; no row is lost.',
    cause:
      'Something stands on the table that would stay with the old one, or the sink stands still.',
    remedy: 'Do what the message says and run `millrace contracts rebuild` again: it goes on.',
  },
  'contracts.rollup-waits': {
    summary: 'A rollup beside facts that are there is not counted to its end yet.',
    cause:
      'The sink sent a batch and has not committed it: repeated, it would be counted twice. The sink does not run, or is held up.',
    remedy: 'Start the sink, or see why it stands still, and run `millrace contracts apply` again.',
  },
  'contracts.reference-unknown': {
    summary: 'Contracts were to be compared with a git commit that does not exist.',
    cause: 'The ref given to --against is misspelt or not fetched.',
    remedy: 'Give a branch, tag or commit that `git rev-parse` knows, or "registry".',
  },
  'contracts.warehouse-absent': {
    summary: 'A table was asked of a contract that has none.',
    cause: 'The contract has no warehouse section.',
    remedy: 'Add the warehouse section, or do not route the stream to the sink.',
  },
} as const satisfies Record<string, ErrorDoc>;
