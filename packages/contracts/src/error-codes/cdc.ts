import type { ErrorDoc } from './error-doc.ts';

/** Errors of cdc. */
export const cdcErrors = {
  'cdc.source-unavailable': {
    summary: 'PostgreSQL cannot be reached, or broke the connection.',
    cause: 'It is down, restarting, out of connections or not reachable from here.',
    remedy: 'Nothing while it restarts: the service reconnects; else check MILLRACE_POSTGRES_URL.',
  },
  'cdc.source-refused': {
    summary: 'PostgreSQL refused a statement or the login for good.',
    cause: 'The credentials are wrong, a right is missing, or an object does not exist.',
    remedy: 'Read the SQLSTATE in the message; grant the right or correct the setting.',
  },
  'cdc.source-unfit': {
    summary: 'PostgreSQL is not configured for change data capture.',
    cause:
      'wal_level is not logical, no table is to be captured, or one without a key has a compacted topic.',
    remedy: 'Do what the message says; a change of wal_level needs a restart of PostgreSQL.',
  },
  'cdc.signal-refused': {
    summary: 'A signal to a capture was not sent.',
    cause:
      'Nothing is captured under the name, or no captured table has the name that the signal bears.',
    remedy: 'Look at `millrace cdc status`: it tells the source’s slot and its tables.',
  },
  'cdc.slot-lost': {
    summary: 'The replication slot is gone although changes were captured before.',
    cause: 'It was dropped, or PostgreSQL invalidated it because it held back too much WAL.',
    remedy:
      'Changes since the last position are lost from the log. Set MILLRACE_CDC_SNAPSHOT_MODE=when_needed to begin again with a new snapshot.',
  },
  'cdc.source-behind': {
    summary: 'PostgreSQL’s log ends before the position that was captured.',
    cause:
      'The server was restored to an older point in time, or a standby was promoted that did not have the last changes.',
    remedy:
      'What was captured since is no longer in the database. Begin the source anew, as docs/operations/disaster.md says under “PostgreSQL went back”: a snapshot alone would lose against the newer versions that consumers hold.',
  },
  'cdc.source-in-use': {
    summary: 'A source was to begin anew while its capture runs.',
    cause: 'The service reads the slot.',
    remedy: 'Stop it, then give the command again.',
  },
  'cdc.snapshot-too-long': {
    summary: 'Tables that a snapshot must write as one Kafka transaction take longer than one may.',
    cause:
      'They have no key, so nothing could tell later which of their rows are written, or a statement of their own.',
    remedy:
      'Give them a primary key, or an index and REPLICA IDENTITY USING INDEX; raise MILLRACE_CDC_SNAPSHOT_TRANSACTION_TIMEOUT and the broker’s transaction.max.timeout.ms; or leave them out by MILLRACE_CDC_SNAPSHOT_TABLES.',
  },
  'cdc.choice-invalid': {
    summary: 'PostgreSQL refuses the condition or statement that chooses rows for a snapshot.',
    cause: 'It cannot be read, or it does not give the columns of its table in their types.',
    remedy:
      'Correct MILLRACE_CDC_SNAPSHOT_WHERE, MILLRACE_CDC_SNAPSHOT_SELECT or the signal: the message names the table.',
  },
  'cdc.binary-unknown': {
    summary: 'A table has a column whose binary form is not known, while values come in binary.',
    cause:
      'A table or a column came, or stood in the log, that the session did not know at its start.',
    remedy:
      'Nothing: the service begins again with values as text. MILLRACE_CDC_BINARY_VALUES=off avoids it.',
  },
  'cdc.spool-failed': {
    summary: 'An open transaction could not be kept on disk.',
    cause: 'The disk of MILLRACE_CDC_SPOOL_DIR is full, or the directory cannot be written.',
    remedy:
      'Make room or name another directory: the service begins again from its position and nothing is lost.',
  },
  'cdc.spool-full': {
    summary: 'Open transactions take more of the disk than is allowed.',
    cause: 'A transaction of the source is larger than MILLRACE_CDC_SPOOL_BYTES_MAX.',
    remedy:
      'Raise the limit, or set MILLRACE_CDC_PROTOCOL=1: PostgreSQL then keeps open transactions on its own disk.',
  },
  'cdc.position-invalid': {
    summary: 'The stored position cannot be read.',
    cause: 'Something else wrote to the positions topic, or a newer version wrote it.',
    remedy:
      'Look at the last record of _millrace.cdc.positions.<source>; use the version that wrote it.',
  },
  'cdc.rule-invalid': {
    summary: 'A rule for columns or keys cannot be kept.',
    cause:
      'It cannot be read, it does not fit the type of its column, it would leave out or blur a key, or old rows do not hold the columns of a chosen key.',
    remedy: 'Correct the setting that the message names, or the table’s REPLICA IDENTITY.',
  },
  'cdc.schema-incompatible': {
    summary: 'A table was altered in a way that readers of its topic cannot take.',
    cause:
      'The subject’s compatibility level refuses the new schema, or a column that the contract names is gone or has another type; MILLRACE_CDC_SCHEMA_CHANGE, or schemaChange of the contract, says what happens then.',
    remedy:
      'Alter the table back, or change the contract or the level; or let it through with new_version. The capture goes on before the change, nothing is lost.',
  },
  'cdc.blocked-keys-full': {
    summary: 'More keys wait for changes in dead.cdc than are allowed.',
    cause:
      'Many rows cannot be encoded: a limit is too low for the table, or a type is not what it seems.',
    remedy:
      'Look at the reasons in dead.cdc and cure them (MILLRACE_CDC_RECORD_BYTES_MAX), or raise MILLRACE_CDC_BLOCKED_KEYS_MAX.',
  },
  'cdc.mostly-dead': {
    summary: 'Most changes of a table would be dead letters, so the capture waits instead.',
    cause:
      'More than MILLRACE_CDC_FLOOD_PERCENT of at least MILLRACE_CDC_FLOOD_RECORDS changes cannot be encoded: a limit is too low for the table, or a type is not what it seems. The slot keeps the log meanwhile.',
    remedy:
      'Read the code in `millrace dead floods`. Raise MILLRACE_CDC_RECORD_BYTES_MAX where rows are too large, and restart; or `millrace dead accept cdc <topic>` lets the letters be written.',
  },
  'cdc.value-invalid': {
    summary: 'A row cannot be encoded; it went to the dead letter topic alone.',
    cause: "A value does not have the form of its column's type, or the record is too large.",
    remedy: 'Look at the record in dead.cdc: its headers name the table and the reason.',
  },
} as const satisfies Record<string, ErrorDoc>;
