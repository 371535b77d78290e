import type { ErrorDoc } from './error-doc.ts';

/** Errors of transforms and of the service that runs them. */
export const transformErrors = {
  'transform.invalid': {
    summary: 'A transform cannot be built as it is written.',
    cause:
      'A name, duration or window in it makes no sense, or parts of it do not fit one another.',
    remedy: 'Read the message: it names the operator and what is wrong with it; correct the file.',
  },
  'transform.topic-missing': {
    summary: 'A transform reads or writes a topic that does not exist.',
    cause: 'The contract that it names has not been put in force on this cluster.',
    remedy: 'Run `millrace contracts apply`, then start the service again.',
  },
  'transform.partitions-differ': {
    summary: 'Topics that a transform joins have different numbers of partitions.',
    cause:
      'Records of one key meet in one task only where every topic of the stage is divided in the same way.',
    remedy:
      'Give the topics equally many partitions in their contracts, or key one side anew (`keyBy`), so that it goes through a topic of the transform’s own.',
  },
  'transform.load-failed': {
    summary: 'A file under transforms/ could not be read as a transform.',
    cause:
      'It does not compile, throws while it is loaded, or its default export is not what `transform(…)` returns.',
    remedy: 'Run `millrace transform check` or `tsc`; correct the file that the message names.',
  },
  'transform.time-ahead': {
    summary: "A record's event time is far ahead of the time at which it was written to Kafka.",
    cause:
      'A wrong clock or unit (microseconds where milliseconds are meant), or a time that is meant for never. It would close every window, and all that follow would be late.',
    remedy:
      "Look at the record in dead.stream-transform and correct its producer. Where times are that far ahead rightly, say so: `from(…, { time, ahead: '10000 d' })`.",
  },
  'transform.record-unreadable': {
    summary: 'A record of a source cannot be read by the transform.',
    cause:
      'It is not framed Avro, is of another schema than the contract, or lacks the event time that the source names.',
    remedy:
      'Look at the record in dead.stream-transform; correct its producer, or let the source pass over records of other schemas (`others: "skip"`).',
  },
  'transform.record-rejected': {
    summary: 'A record did not pass a check of the transform.',
    cause:
      'Its `validate` answered with the reason in the message, and names no stream for what it refuses.',
    remedy:
      'Look at the record in dead.stream-transform; correct its producer, or send what is refused to a stream of its own (`rejected`).',
  },
  'transform.table-truncated': {
    summary:
      'A captured table that a transform keeps was emptied by TRUNCATE, and the transform keeps its rows.',
    cause:
      'A truncation is one record without a key in one partition, and nothing tells which rows of the other partitions came before it. It comes only where cdc sends it (`MILLRACE_CDC_TRUNCATE=emit`).',
    remedy:
      'Empty tables that transforms read by `DELETE FROM`. To repair what is there: read the table with `changes()` and judge `op: "t"` by yourself, or capture the table anew into another topic and run `millrace transform replay`.',
  },
  'transform.halted': {
    summary: 'A transform stopped at a record of which it can make nothing.',
    cause:
      'Its options say `onError: "halt"`; the message names the record’s place and what was wrong.',
    remedy:
      'Correct the transform or the record’s producer; with `onError: "dead_letter"` such records go to dead.stream-transform instead.',
  },
  'transform.function-failed': {
    summary: 'A function of a transform threw.',
    cause: 'The function is not written for the value that it was given.',
    remedy:
      'The record is in dead.stream-transform with the message of what was thrown; correct the function. With `onError: "halt"` the service stops at the record instead.',
  },
  'transform.cases-invalid': {
    summary: 'A file of cases for `millrace transform test` cannot be read.',
    cause:
      'It is no YAML of the form that is wanted, names a contract that is not there, or holds a record that its contract does not take.',
    remedy:
      'Read the message: it names the file, the case and the step; the form is in docs/streams/testing.md.',
  },
  'transform.changed': {
    summary: 'A transform is not what its state was built with.',
    cause:
      'The file keeps other state now: another window or fold, a renamed operator, other partitions. Its state would mean something else. Or a migration does not take a value, or was not run to its end before the next one.',
    remedy:
      'Take the change back, name operators as the message says, or raise `version` and say with `onChange` whether to go on with empty state (`reset`), from the beginning (`replay`) or with its values rewritten (`migrate`). docs/streams/changing-transforms.md.',
  },
  'transform.beside-failed': {
    summary: 'A transform that was run beside the live one ended before it had caught up.',
    cause:
      'The service that the command started stopped, or was stopped; it says why before the message.',
    remedy:
      'Cure what its last words say and give the command again: it begins anew. The live transform is not touched.',
  },
  'transform.unknown': {
    summary: 'A command names a transform that the project does not have.',
    cause: 'The name is not that of a transform, which is not the name of its file.',
    remedy:
      'Run `millrace transform check` in the project’s directory, and take one of the names that the message lists.',
  },
  'transform.state-corrupt': {
    summary: 'State on disk was found damaged while it was read.',
    cause: 'The disk, or somebody, changed the file of a task that runs.',
    remedy:
      'None is needed: the task opens anew and rebuilds its state from the changelog. When it comes back, check the disk.',
  },
  'transform.state-taken-over': {
    summary: 'The directory of a task was opened by another task meanwhile.',
    cause: 'A process that was taken for dead woke up, or two instances share one state directory.',
    remedy:
      'None is needed for the first; give every instance a directory of its own against the second.',
  },
  'transform.mostly-dead': {
    summary: 'Most records of a partition would be dead letters, so its task waits instead.',
    cause:
      'More than MILLRACE_STREAM_TRANSFORM_FLOOD_PERCENT of at least MILLRACE_STREAM_TRANSFORM_FLOOD_RECORDS records cannot be read or processed: the transform, a contract or a producer is wrong, and not single records.',
    remedy:
      'Read the code in `millrace dead floods`. Repair the transform and restart, or the contract or producer: what can be processed then goes on by itself. If the records are to be given up, `millrace dead accept stream-transform <topic>` lets the letters be written.',
  },
  'transform.thread-ended': {
    summary: 'A thread of the service ended without being asked to.',
    cause: 'It ran out of memory, or code that it ran ended it.',
    remedy:
      'The process ends, and its supervisor starts a new one, which goes on from what is committed. When it comes back, look at the lines before, and at the memory that a thread has.',
  },
} as const satisfies Record<string, ErrorDoc>;
