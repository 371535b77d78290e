import type { ErrorDoc } from './error-doc.ts';

/** Errors of sink: what it refuses, and what it waits for. */
export const sinkErrors = {
  'sink.record-empty': {
    summary: 'A record without a value came for a table where it takes nothing away.',
    cause:
      'A producer wrote a tombstone to a topic of events or facts, where nothing can be deleted; or a transform took a result back under a key that is not its contract’s, or of an aggregate with `versionBy` or a TTL over a column of the result.',
    remedy:
      'Find the producer by the headers of the dead letter. In a transform, key the table by the fields of the contract’s `key`; leave `versionBy` and such a TTL out where results go away.',
  },
  'sink.record-unframed': {
    summary: 'A record does not begin with the Confluent wire header.',
    cause: 'A producer wrote to the topic without the registry, for example plain JSON.',
    remedy: 'Find the producer by the headers of the dead letter; send through ingest instead.',
  },
  'sink.record-undecodable': {
    summary: 'The bytes of a record are not exactly one datum of the schema that it names.',
    cause: 'The record was cut off, has bytes too many, or names a schema it was not written with.',
    remedy: 'Find the producer by the headers of the dead letter and correct its encoding.',
  },
  'sink.record-refused': {
    summary: 'ClickHouse refused the value of a record.',
    cause: 'A value is of the right Avro type and yet impossible for its column, e.g. no UUID.',
    remedy: 'Correct the producer, or widen the column; then send the dead letter again.',
  },
  'sink.schema-unfit': {
    summary: 'Records of a writer schema cannot reach the table unchanged.',
    cause:
      'A field is missing without a default, or its unit or range differs from the column; ClickHouse would change it silently.',
    remedy:
      'Read the field and the rule in the dead letter; correct the contract or the producer, then send the dead letters again.',
  },
  'sink.table-unfit': {
    summary: 'A warehouse table is missing or differs from its contract.',
    cause: 'The contract changed and was not applied, or the table was altered by hand.',
    remedy: 'Run `millrace contracts plan` and `apply`; the partition goes on by itself.',
  },
  'sink.fields-undeclared': {
    summary:
      'Records have fields that their contract does not know yet, and it says to wait for it.',
    cause: 'The source was changed before its contract, and `warehouse.newFields` is `wait`.',
    remedy:
      'Add the fields to the contract and run `millrace contracts apply`; or write `newFields: leave_out`. The partition goes on by itself.',
  },
  'sink.table-forgets': {
    summary: 'A fact table remembers no insert tokens, so a repeated insert would land twice.',
    cause:
      'The table was made by hand, or the window was set to 0: `non_replicated_deduplication_window` of a MergeTree is 0 unless it is set.',
    remedy: 'Run `millrace contracts apply`, or set the window; the partition goes on by itself.',
  },
  'sink.view-forgets': {
    summary: 'A materialized view behind a raw table counts a repeated batch twice.',
    cause:
      'Its target table remembers no insert tokens: non_replicated_deduplication_window is 0, or the engine has none.',
    remedy:
      'ALTER TABLE <target> MODIFY SETTING non_replicated_deduplication_window = 10000; make the rollup anew if batches were repeated before.',
  },
  'sink.views-behind': {
    summary: 'A batch is in its raw table, and whether the views behind it have it is not known.',
    cause:
      'The sink was away, or a view failed, for longer than the table remembers insert tokens, so the batch could not be sent again.',
    remedy:
      'Compare the view with its query over the offsets in the log line, and insert what it lacks: INSERT INTO <target> SELECT … FROM <table> WHERE _partition = … AND _offset BETWEEN … AND ….',
  },
  'sink.refused-too-often': {
    summary: 'ClickHouse refused more records of one batch than a claim can name.',
    cause: 'The table and most records are at odds, so this is no matter of single records.',
    remedy: 'Read the reason in the log, correct the table; the partition goes on by itself.',
  },
  'sink.mostly-dead': {
    summary: 'Most records of a partition would be dead letters, so it waits instead.',
    cause:
      'More than MILLRACE_SINK_FLOOD_PERCENT of at least MILLRACE_SINK_FLOOD_RECORDS records cannot land: the table, the contract or a producer is wrong, and not single records.',
    remedy:
      'Read the code and reason in `millrace dead floods`. Repair the table, the contract or the producer: what can be processed then goes on by itself. If the records are to be given up, `millrace dead accept <service> <topic>` lets the letters be written.',
  },
  'sink.group-foreign': {
    summary: 'The consumer group holds offsets that another program committed.',
    cause: 'Another consumer uses the group of the sink, or a newer sink wrote another claim.',
    remedy:
      'Give the sink a group of its own (MILLRACE_SINK_GROUP), or run the version that wrote the claim.',
  },
} as const satisfies Record<string, ErrorDoc>;
