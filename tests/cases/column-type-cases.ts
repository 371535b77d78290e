/** Values, and what is done to columns. */
import { type CdcCase, of, src } from './cdc-case.ts';

export const typesCases: readonly CdcCase[] = [
  {
    id: '37',
    area: 'Types',
    given:
      'Numbers: integers, floats, numeric with and without a scale, NaN and the infinities, money.',
    expected: 'Exact in each decimal mode; what a decimal cannot say is named in a header.',
    tests: [
      ...of(
        `${src}/decimal-modes.stack.test.ts`,
        'case 37: NaN, the infinities, decimals and money in decimal mode %s, from snapshot and stream',
      ),
      ...of(
        `${src}/builtin-types.stack.test.ts`,
        'case 37: an item that Avro cannot say is named as a value is',
      ),
      ...of(
        `${src}/columns/text-and-binary.stack.test.ts`,
        '%s by %s %s: what PostgreSQL says as text and in binary become the same bytes in every mode',
      ),
    ],
  },
  {
    id: '39',
    area: 'Types',
    given:
      'Every other type and arrays of it, enums, domains, ranges, composites, extensions, odd names, other encodings.',
    expected:
      'The same value from snapshot, stream and signal, in text and binary, whatever zones and styles are set.',
    tests: [
      ...of(
        `${src}/builtin-types.stack.test.ts`,
        'case 39: no type that PostgreSQL brings is forgotten here',
        'case 39: a value of any type and array is the same from snapshot, stream, and snapshot by signal, whatever the zones and styles',
        'case 39: a value that PostgreSQL sends in binary is the same as its text',
      ),
      ...of(
        `${src}/every-type.stack.test.ts`,
        'every type arrives as it is, by snapshot and by stream, under Debezium’s schemas',
      ),
      ...of(
        `${src}/changes.stack.test.ts`,
        'quoted names become legal topic, record and field names; partitions arrive under their root',
      ),
      ...of(
        `${src}/server-encoding.stack.test.ts`,
        'case 39: a database in LATIN1 arrives in UTF-8, names, labels and values, by snapshot and stream',
        'case 39: a database in SQL_ASCII is taken for UTF-8; other bytes stop the service, and nothing is passed over',
      ),
    ],
    without:
      'PostGIS and pgvector are tested by their documented forms: the embedded PostgreSQL does not have them.',
  },
  {
    id: '40',
    area: 'Types',
    given:
      'Columns masked, hashed, shortened, left out; own keys; unchanged rows; operations; failover slots.',
    expected: 'As asked for, in snapshot and stream alike, and publications follow.',
    tests: [
      ...of(
        'tests/compat/debezium.test.ts',
        'in %s nothing differs from Debezium but what is accepted',
      ),
      ...of(
        `${src}/rules/row-rules.stack.test.ts`,
        'case 40: excluded, masked, hashed and shortened columns, in the snapshot and in the stream alike',
        'case 40: the schema says what was done to a column, as Debezium’s does',
        'case 40: a chosen key, part of it null, is known of updates and deletes under FULL',
        'case 40: an update that changed no captured column is left out',
      ),
      ...of(
        `${src}/event-options.stack.test.ts`,
        'case 40: operations that are not published any more stop arriving at the next start',
      ),
      ...of(
        `${src}/steps/check-source.stack.test.ts`,
        'publications hold the captured tables, those without identity apart, and follow the patterns',
      ),
      ...of(
        `${src}/slot-and-modes.stack.test.ts`,
        'no_data streams alone; always reads all rows at every start beside the stream; a condition and a list limit a snapshot',
      ),
    ],
  },
];
