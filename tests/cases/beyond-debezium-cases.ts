/** What Debezium is not asked to do. */
import { type CdcCase, failures, long, of, src } from './cdc-case.ts';

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
    given: 'Kafka, or the registry, is away for minutes while rows are written.',
    expected: 'The slot stays, memory is bounded, the connection is kept, all arrives afterwards.',
    tests: [
      ...of(
        `${failures}/kafka-away.test.ts`,
        'Kafka %s for 15 s under load: PostgreSQL stays connected, the slot still, memory bounded, and each row arrives once',
      ),
      ...of(
        `${long}/kafka-away.test.ts`,
        'Kafka %s for five minutes under load: PostgreSQL stays connected, the slot still, memory bounded, and each row arrives once',
      ),
      ...of(
        `${src}/registry-away.stack.test.ts`,
        'the registry fails by %s when a new shape comes: PostgreSQL stays connected, and all arrives after',
      ),
    ],
  },
  {
    id: 'A3',
    area: 'Beyond Debezium',
    given: 'A huge transaction is sent while it is open, and rolled back.',
    expected: 'No record is seen.',
    tests: [
      ...of(
        `${src}/large-transactions.stack.test.ts`,
        'by protocol %s large open transactions arrive in commit order, rolled back parts do not',
      ),
      ...of(
        `${long}/huge-transactions.test.ts`,
        '600,000 rows rolled back while they are streamed leave no record and an empty spool',
      ),
    ],
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
