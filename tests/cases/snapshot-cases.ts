/** Snapshots, the initial one and those beside the stream. */
import { type CdcCase, failures, of, src } from './cdc-case.ts';

export const snapshotCases: readonly CdcCase[] = [
  {
    id: '1',
    area: 'Snapshot',
    given: 'Rows are there, the service starts, more are written.',
    expected: 'Op r for the old, c for the new, one row marked last, no gap and nothing twice.',
    tests: of(
      `${src}/snapshot-and-stream.stack.test.ts`,
      'a snapshot under load and the stream behind it hold every change once',
    ),
  },
  {
    id: '2',
    area: 'Snapshot',
    given: 'A transaction is open when the slot is made, and commits during the snapshot.',
    expected: 'Its rows arrive once.',
    tests: of(
      `${src}/snapshot-and-stream.stack.test.ts`,
      'a transaction that is open while the slot is made arrives whole, by the stream',
    ),
  },
  {
    id: '3',
    area: 'Snapshot',
    given: 'The service is killed in the middle of the snapshot.',
    expected: 'It goes on with what is left; every row is there.',
    tests: [
      ...of(
        `${src}/snapshot-cut-off.stack.test.ts`,
        'killed in the middle of the snapshot while rows change, it goes on with what is left and ends exact',
      ),
      ...of(
        `${src}/steps/stream-changes.stack.test.ts`,
        'killed in the middle of the snapshot, nothing of it is seen and the next start begins again',
      ),
      ...of(
        `${src}/snapshot-stopped.stack.test.ts`,
        'stopped in the middle of the snapshot it ends within seconds, and later goes on with what is left',
      ),
    ],
  },
  {
    id: '4',
    area: 'Snapshot',
    given: 'Mode initial_only.',
    expected: 'One snapshot, then the end; a second start does nothing.',
    tests: of(
      `${src}/slot-and-modes.stack.test.ts`,
      'initial_only takes one snapshot and ends without a slot; started again it does nothing',
    ),
  },
  {
    id: '6',
    area: 'Snapshot',
    given: 'The slot or its log is gone at a start, or goes while the service streams.',
    expected: 'The service stops and says so, or takes a new snapshot with when_needed.',
    tests: [
      ...of(
        `${src}/slot-and-modes.stack.test.ts`,
        'a slot that is gone stops the service with its reason, or a new snapshot is taken when asked for',
      ),
      ...of(
        `${failures}/slot-lost.test.ts`,
        'a slot that was invalidated while the service was down stops it with the reason, and is made anew with when_needed',
        'killed when the new slot is there and nothing of its snapshot is written yet, it begins the snapshot anew',
        'a slot that is invalidated while the service streams and Kafka is away, mode %s: the metrics tell it coming',
        'a slot that nobody read for idle_replication_slot_timeout is told with that reason',
      ),
    ],
  },
  {
    id: '7',
    area: 'Snapshot',
    given: 'A partitioned table.',
    expected: 'One topic by root, one a partition by leaf, in snapshot and stream.',
    tests: of(
      `${src}/partitions.stack.test.ts`,
      'case 7: by %s partitions arrive under their topics, from snapshot and stream, also a row that moves',
    ),
  },
  {
    id: '8',
    area: 'Snapshot',
    given: 'Rows are inserted into a table while it is read.',
    expected: 'Each arrives once, as r or as c.',
    tests: of(
      `${src}/steps/take-snapshot.stack.test.ts`,
      'a row inserted while its table is read arrives once',
    ),
  },
  {
    id: '9',
    area: 'Snapshot',
    given: 'Tables with a composite key and without a key, read by several streams.',
    expected: 'The rows are those of the table.',
    tests: [
      ...of(
        `${src}/steps/take-snapshot.stack.test.ts`,
        'several streams read every row of every kind of table once, and mark the first and the last',
      ),
      ...of(
        `${src}/snapshot-choice.stack.test.ts`,
        'a table that others inherit from is read without their rows, in the snapshot and beside the stream',
        'the last row is marked although ranges, partitions and tables behind it are empty',
      ),
      ...of(
        `${src}/snapshot-stopped.stack.test.ts`,
        'a table without a key that takes longer than one transaction may is refused by name, with nothing written',
      ),
    ],
  },
  {
    id: '10',
    area: 'Snapshot',
    given: 'The snapshot of a table is limited by SQL.',
    expected: 'Only such rows in the snapshot; the stream has all.',
    tests: [
      ...of(
        `${src}/snapshot-choice.stack.test.ts`,
        'a statement chooses and orders the rows of its table; the stream and other tables are not limited',
        'a statement or condition that PostgreSQL refuses, or without the table’s columns in their types, stops the start by name',
      ),
      ...of(
        `${src}/slot-and-modes.stack.test.ts`,
        'no_data streams alone; always reads all rows at every start beside the stream; a condition and a list limit a snapshot',
      ),
    ],
  },
  {
    id: '11',
    area: 'Snapshot',
    given:
      'A snapshot beside the stream while all its rows are updated, with a restart in the middle.',
    expected: 'No row is older than a change before it; the last state is the table’s.',
    tests: [
      ...of(
        `${src}/incremental.stack.test.ts`,
        'while all rows are updated and the service is killed, no row read is older than a change before it',
      ),
      ...of(
        `${src}/incremental/window-model.test.ts`,
        'in whatever order the source is read, marked, changed and streamed, what was told equals the table, nothing old is behind something new, and each chunk is told once',
      ),
    ],
  },
  {
    id: '12',
    area: 'Snapshot',
    given: 'A snapshot beside the stream is paused, resumed, stopped.',
    expected: 'A pause outlives a restart; what was stopped can be asked for again.',
    tests: [
      ...of(
        `${src}/incremental.stack.test.ts`,
        'a snapshot is limited by a condition, paused over a restart, resumed, stopped and asked for again',
      ),
      ...of(
        'packages/cli/src/cdc/command.stack.test.ts',
        'a snapshot is asked for, paused, resumed and given up from the command line',
      ),
    ],
  },
  {
    id: '13',
    area: 'Snapshot',
    given: 'A snapshot beside the stream has a condition.',
    expected: 'Only such rows; a condition that does not work is refused and stops nothing.',
    tests: of(
      `${src}/incremental.stack.test.ts`,
      'a snapshot is limited by a condition, paused over a restart, resumed, stopped and asked for again',
    ),
  },
  {
    id: '14',
    area: 'Snapshot',
    given: 'A blocking snapshot is asked for while the stream runs.',
    expected: 'The stream stands still, rows are read, it goes on; nothing is lost over a kill.',
    tests: of(
      `${src}/blocking/blocking-snapshot.stack.test.ts`,
      'case 14: while a blocking snapshot is read the stream stands still, then goes on: each row of a table without a key is told once on either side',
      'killed in the middle of a blocking snapshot, it is read after the restart: nothing lost, no row without a key twice, no older state behind a newer',
    ),
  },
];
