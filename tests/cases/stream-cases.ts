/** The stream, its restarts, and what the slot is told. */
import { type CdcCase, failures, of, src } from './cdc-case.ts';

export const streamCases: readonly CdcCase[] = [
  {
    id: '15',
    area: 'Stream and restart',
    given:
      'A long transaction writes, a later one commits and is delivered, the service restarts, the long one commits.',
    expected: 'All rows of the long one arrive.',
    tests: of(
      `${src}/interleaved-transactions.stack.test.ts`,
      'case 15: a transaction that is open across a restart by %s arrives whole, though later ones were delivered',
    ),
  },
  {
    id: '17',
    area: 'Stream and restart',
    given: 'The service is killed inside a transaction that it is writing.',
    expected: 'The rest arrives, nothing twice.',
    tests: [
      ...of(
        `${src}/interleaved-transactions.stack.test.ts`,
        'case 17: a transaction of 50 rows that is cut after every few of them by kills arrives whole',
      ),
      ...of(
        `${src}/steps/stream-changes.stack.test.ts`,
        'killed in the middle of large transactions, it goes on inside them without gap or duplicate',
      ),
    ],
  },
  {
    id: '19',
    area: 'Stream and restart',
    given: '1,000 rows in one transaction, and in 1,000 of them.',
    expected: 'Both arrive whole, and small transactions are not written one by one.',
    tests: of(
      `${src}/interleaved-transactions.stack.test.ts`,
      'case 19: 1,000 rows arrive whole in one transaction and in 1,000 of them, which share Kafka transactions',
    ),
    without: 'No clock is in it: time is measured by the benches.',
  },
  {
    id: '20',
    area: 'Stream and restart',
    given: 'A restart with and without what was confirmed to the slot.',
    expected:
      'What was confirmed does not come again, what was not does; the slot never goes back.',
    tests: [
      ...of(
        `${src}/source/replication-stream.stack.test.ts`,
        'the end of a commit, confirmed, keeps the commit that begins at that very byte',
      ),
      ...of(
        `${src}/messages/messages.stack.test.ts`,
        'messages that PostgreSQL sends again, because it forgot or never heard the confirmation, are not there again',
      ),
      ...of(`${src}/acknowledgement.test.ts`, 'the confirmed position never goes back'),
      ...of(
        `${src}/confirmed.stack.test.ts`,
        'killed at any moment: what is confirmed is on Kafka, the position moves on while rows come, never back, and nothing comes twice',
      ),
    ],
  },
  {
    id: '21',
    area: 'Stream and restart',
    given: 'A transaction is rolled back.',
    expected: 'Nothing of it arrives, also when it had been sent while it was open.',
    tests: [
      ...of(
        `${src}/changes.stack.test.ts`,
        'a rolled-back transaction leaves nothing; a TRUNCATE is left out and counted',
      ),
      ...of(
        `${src}/large-transactions.stack.test.ts`,
        'by protocol %s large open transactions arrive in commit order, rolled back parts do not',
      ),
    ],
  },
  {
    id: '22',
    area: 'Stream and restart',
    given: 'The connection breaks; or the login is refused.',
    expected: 'It reconnects by itself without loss; a login that is refused stops it at once.',
    tests: [
      ...of(
        `${src}/connection-lost.stack.test.ts`,
        'its %s session ended by an administrator, it connects again by itself and loses nothing',
        'the network to PostgreSQL fails by %s: noticed soon, and nothing is lost',
      ),
      ...of(
        `${failures}/source-refuses.test.ts`,
        'a server that has no connection left is asked again until it has one',
        'a slot that another consumer reads is waited for',
      ),
      ...of(
        `${src}/slot-and-modes.stack.test.ts`,
        'a login that is refused stops the service at once',
      ),
      ...of(
        `${failures}/postgres-restarted-during-streaming.test.ts`,
        'killed with SIGKILL and started again three times, the topic equals the table',
      ),
      ...of(`${failures}/source-refuses.test.ts`, '%s ends the service at once, with what to do'),
    ],
  },
  {
    id: '23',
    area: 'Stream and restart',
    given: 'PostgreSQL is shut down fast while the service is attached.',
    expected: 'It ends, and nothing is lost.',
    tests: of(
      `${failures}/postgres-restarted-during-streaming.test.ts`,
      'a fast shutdown under load ends while cdc is attached and Kafka %s, and loses nothing',
    ),
  },
  {
    id: '25',
    area: 'Stream and restart',
    given: 'Only tables that are not captured are written.',
    expected: 'The slot moves on, and heartbeats come.',
    tests: of(
      `${src}/slot-and-modes.stack.test.ts`,
      'while only tables that are not captured are written, heartbeats go on and the slot moves',
    ),
  },
  {
    id: '26',
    area: 'Stream and restart',
    given: 'Kafka does not take what was read.',
    expected: 'The slot’s confirmed position stays, and moves when Kafka has it.',
    tests: [
      ...of(
        `${src}/kafka-stalled.stack.test.ts`,
        'Kafka stalled for longer than wal_sender_timeout: connected, bounded, nothing confirmed, all arrives after',
      ),
      ...of(
        `${failures}/kafka-away.test.ts`,
        'Kafka %s for 15 s under load: PostgreSQL stays connected, the slot still, memory bounded, and each row arrives once',
      ),
      ...of(
        `${src}/acknowledgement.test.ts`,
        'a delivered batch confirms exactly the LSN it was closed with, not what was received since',
      ),
      ...of(
        `${src}/confirmed.stack.test.ts`,
        'killed at any moment: what is confirmed is on Kafka, the position moves on while rows come, never back, and nothing comes twice',
      ),
    ],
  },
];
