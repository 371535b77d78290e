/** Single changes, and changes of tables. */
import { type CdcCase, of, src } from './cdc-case.ts';

export const eventsCases: readonly CdcCase[] = [
  {
    id: '27',
    area: 'Events',
    given: 'An UPDATE changes the key.',
    expected:
      'A delete, a tombstone and a create whose headers name each other; two records without tombstones.',
    tests: [
      ...of(
        `${src}/changes.stack.test.ts`,
        'an update, a delete with its tombstone, and a changed key as delete and create',
      ),
      ...of(
        `${src}/event-options.stack.test.ts`,
        'case 27, 28: without tombstones a changed key is two records and a delete is one',
      ),
    ],
  },
  {
    id: '28',
    area: 'Events',
    given: 'A row is deleted.',
    expected: 'A delete, then a tombstone, unless tombstones are off.',
    tests: [
      ...of(
        `${src}/changes.stack.test.ts`,
        'an update, a delete with its tombstone, and a changed key as delete and create',
      ),
      ...of(
        `${src}/event-options.stack.test.ts`,
        'case 27, 28: without tombstones a changed key is two records and a delete is one',
      ),
    ],
  },
  {
    id: '29',
    area: 'Events',
    given: 'Rows are updated and deleted under each replica identity.',
    expected:
      'The old row is the key by default, whole under FULL; without an identity only inserts arrive.',
    tests: [
      ...of(
        `${src}/source/replica-identity.stack.test.ts`,
        'case 29, 30: a table has a replica identity exactly where PostgreSQL lets its published updates pass',
        'an identity that goes or comes while the table streams moves it between the publications; updates pass and are told',
      ),
      ...of(
        `${src}/replica-identity.stack.test.ts`,
        'case 29, 30: what an update and a delete tell of the old row follows the replica identity',
      ),
      ...of(
        `${src}/changes.stack.test.ts`,
        'tables without a key: full rows under FULL, inserts alone without an identity, writers unharmed',
      ),
    ],
  },
  {
    id: '30',
    area: 'Events',
    given: 'A table without a primary key, with REPLICA IDENTITY FULL.',
    expected: 'Null keys, old and new row whole.',
    tests: of(
      `${src}/replica-identity.stack.test.ts`,
      'case 29, 30: what an update and a delete tell of the old row follows the replica identity',
    ),
  },
  {
    id: '31',
    area: 'Events',
    given: 'One TRUNCATE of several tables.',
    expected: 'A record of op t for each, of one place and transaction; or none, counted.',
    tests: [
      ...of(
        `${src}/event-options.stack.test.ts`,
        'case 31: a TRUNCATE of two tables is one record each, without a key, of the same place and transaction',
      ),
      ...of(
        `${src}/changes.stack.test.ts`,
        'a rolled-back transaction leaves nothing; a TRUNCATE is left out and counted',
      ),
    ],
  },
  {
    id: '32',
    area: 'Events',
    given: 'An application puts messages into the log, inside and outside of transactions.',
    expected:
      'Records of op m in commit order; none of a rollback; those outside in any case; none twice over restarts.',
    tests: [
      ...of(
        `${src}/messages/messages.stack.test.ts`,
        'case 32: a message of a transaction comes in commit order with its id, or never; one outside comes whatever becomes of it',
        'each message is there once, in order, in a transaction or not, when the service is killed again and again',
      ),
      ...of(
        'tests/compat/debezium-messages.test.ts',
        'case 32: logical messages do not differ from Debezium’s but in what is accepted, and all of that occurs',
      ),
    ],
  },
  {
    id: '33',
    area: 'Events',
    given: 'An UPDATE leaves long values alone, sets some to null, or the table is FULL.',
    expected: 'Stand-ins by type, or the values read again; null is null; under FULL the values.',
    tests: [
      ...of(
        `${src}/replica-identity.stack.test.ts`,
        'case 33: long values of any kind that an UPDATE left alone are stand-ins, null stays null, and under FULL they are there',
      ),
      ...of(
        `${src}/reread/reread-unchanged.stack.test.ts`,
        'case 33: text, json, arrays and bytes that an UPDATE left alone are read again, named in a header',
        'case 33: an explicit null stays null, and only what was not sent is read',
      ),
    ],
  },
  {
    id: '34',
    area: 'Events',
    given: 'Columns are added, renamed, retyped and dropped between changes.',
    expected: 'The next record has the new shape; older ones are read by their schema.',
    tests: [
      ...of(
        `${src}/changes.stack.test.ts`,
        'a column added, renamed, retyped and dropped shows in the next row; older rows stay readable',
      ),
      ...of(
        `${src}/schema-in-order.stack.test.ts`,
        'columns added, renamed, retyped, dropped, several in one transaction with rows around each',
        'nulls of before a NOT NULL and behind one stay nulls, in old rows too',
        'types that are dropped since are what they were',
      ),
      ...of(
        `${src}/schemas/schema-change.stack.test.ts`,
        'new_version: registered although incompatible, with a warning and a count; the level is what it was',
        'halt: the service stops before the first row of the new shape, again when started, and goes on there when cured',
        'dead_letter: the rows wait there over a kill -9, others flow, and a compatible shape has the table read anew',
      ),
      ...of(
        `${src}/columns/column-default.stack.test.ts`,
        'a changed default is in the schema of the next change, also when nothing else changed',
      ),
    ],
  },
  {
    id: '35',
    area: 'Events',
    given: 'A table appears, is renamed, an enum gets a label.',
    expected:
      'It joins without a restart and is read whole; new names and labels are those of the records.',
    tests: [
      ...of(
        `${src}/incremental.stack.test.ts`,
        'a table that comes later is read whole, also what an open transaction had written before it joined',
      ),
      ...of(
        `${src}/schema-in-order.stack.test.ts`,
        'a table renamed, moved, dropped and made anew: each row goes where its table was',
        'a label that an enum gets is allowed by the schema of the first row that has it, and a renamed one by those of before',
      ),
    ],
  },
  {
    id: '36',
    area: 'Events',
    given: 'A table’s key is dropped, replaced or redefined.',
    expected: 'The key and its schema are the new ones from the next row on.',
    tests: of(
      `${src}/schema-in-order.stack.test.ts`,
      'a replaced key is the key from the next row on',
      'so it is under REPLICA IDENTITY FULL, where no message tells the key',
      'the identity changed to full, to an index and back tells old rows as it is then',
    ),
  },
];
