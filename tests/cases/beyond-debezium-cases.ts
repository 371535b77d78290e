/** What Debezium is not asked to do. */
import { type CdcCase, of, src } from './cdc-case.ts';

export const beyondCases: readonly CdcCase[] = [
  {
    id: 'A1',
    area: 'Beyond Debezium',
    given: 'Two commits touch in the log, and the service restarts between them.',
    expected: 'The second arrives.',
    tests: [
      ...of(
        `${src}/steps/stream-changes.stack.test.ts`,
        'commits that touch in the log all arrive across restarts between them',
      ),
      ...of(
        `${src}/source/replication-stream.stack.test.ts`,
        'the end of a commit, confirmed, keeps the commit that begins at that very byte',
      ),
    ],
  },
  {
    id: 'A2',
    area: 'Beyond Debezium',
    given: 'Kafka is away for minutes while rows are written.',
    expected: 'The slot stays, memory is bounded, the connection is kept, all arrives afterwards.',
    tests: of(
      `${src}/kafka-stalled.stack.test.ts`,
      'Kafka stalled for longer than wal_sender_timeout: connected, bounded, nothing confirmed, all arrives after',
    ),
  },
  {
    id: 'A3',
    area: 'Beyond Debezium',
    given: 'A huge transaction is sent while it is open, and rolled back.',
    expected: 'No record is seen.',
    tests: of(
      `${src}/large-transactions.stack.test.ts`,
      'by protocol %s large open transactions arrive in commit order, rolled back parts do not',
    ),
  },
  {
    id: 'A4',
    area: 'Beyond Debezium',
    given: 'One row cannot be a record.',
    expected: 'It is a dead letter, its key waits, all else flows, the position is exact.',
    tests: of(
      `${src}/dead/blocked-keys.stack.test.ts`,
      'case A4: a row of 5 MB is a dead letter with its bytes and its readable text; other keys flow',
      'later changes of that key wait, beyond a kill -9 too, and those of other keys do not',
    ),
  },
];
