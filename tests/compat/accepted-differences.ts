/** Where we differ from Debezium: the compatibility test's measure, and what the reference page is made of. */

export interface AcceptedDifference {
  /** Matched against `<topic> <record> <path>`, such as `PREFIX.public.orders #3 u value.source.version`. */
  readonly where: RegExp;
  /** Narrows it to some values. */
  readonly isOurs?: (ours: unknown) => boolean;
  /** What differs, for a reader. */
  readonly field: string;
  readonly ours: string;
  readonly theirs: string;
  readonly reason: string;
  /** `gap`: not chosen, but not done yet. Whoever does it removes the entry: the test fails on one that is unused. */
  readonly kind: 'chosen' | 'gap';
}

const row = String.raw`type\[Value\]\.fields`;

export const acceptedDifferences: readonly AcceptedDifference[] = [
  {
    kind: 'chosen',
    where: /value\.source\.version$/,
    field: '`source.version`',
    ours: 'version of Millrace',
    theirs: 'version of Debezium',
    reason: 'It names who made the record.',
  },
  {
    kind: 'chosen',
    where: /headers\.__debezium\.context\.\w+$/,
    field: 'headers `__debezium.context.*`',
    ours: 'none',
    theirs: 'logical name, connector, task and run on every record',
    reason: 'They repeat the topic and `source.name` at about 150 bytes a record.',
  },
  {
    kind: 'chosen',
    where: /#\d+ r value\.source\.(ts_ms|ts_us|ts_ns)$/,
    field: '`source.ts_*` of snapshot rows',
    ours: 'when our snapshot was taken',
    theirs: 'when its snapshot was taken',
    reason: 'Two snapshots at two moments.',
  },
  {
    kind: 'chosen',
    where: /#\d+ r value\.source\.(lsn|sequence)$/,
    field: '`source.lsn`, `source.sequence` of snapshot rows',
    ours: 'restart LSN of the slot',
    theirs: 'LSN of the snapshot',
    reason:
      'Below every change that the stream brings, also those that began before the snapshot and committed after it: folding by LSN is right.',
  },
  {
    kind: 'chosen',
    where: /#\d+ r value\.source\.txId$/,
    field: '`source.txId` of snapshot rows',
    ours: 'null',
    theirs: 'the transaction that read the snapshot',
    reason: 'It did not write the row.',
  },
  {
    kind: 'chosen',
    where: /#\d+ r value\.source\.snapshot$/,
    field: '`source.snapshot` of a table’s only row that is the first of all, too',
    ours: '`last_in_data_collection`',
    theirs: '`first`',
    reason: 'A row has one marker, and who reads a table waits for its end.',
  },
  {
    kind: 'chosen',
    where: /keyless_full all operations$/,
    field: 'delete in a table without a key',
    ours: 'the delete alone',
    theirs: 'a tombstone with a null key behind it',
    reason: 'A record without key and value says nothing, and compacted topics refuse it.',
  },
  {
    kind: 'chosen',
    where: /(parted|parted_2024) all operations$/,
    field: 'snapshot of a partitioned table',
    ours: 'rows under the root’s topic; with partitions as tables, under each partition’s',
    theirs: 'rows under the topics of both',
    reason: 'The stream of both knows the root alone, or the partitions alone.',
  },
  {
    kind: 'chosen',
    where: new RegExp(
      String.raw`every_type .*(value\.after\.moods|${row}\[moods\]\.type\[1\]\.items)$`,
    ),
    field: 'array of an enum with a null element',
    ours: 'array with a null in it',
    theirs: 'the whole array is null',
    reason: 'Debezium’s schema allows no null element there, so it loses the others too.',
  },
  {
    kind: 'chosen',
    where: /every_type \S+ \w value\.after\.h$/,
    field: '`hstore` as JSON: order of its keys',
    ours: 'PostgreSQL’s',
    theirs: 'a Java map’s',
    reason: 'Equal objects; the order of PostgreSQL is the same at each reading.',
  },
  {
    kind: 'chosen',
    where: new RegExp(
      String.raw`(every_type \S+ [rc] value\.after\.(d|ts3|ts6)|every_default .*(after\.dinf|${row}\[dinf\].*default))$`,
    ),
    field: '`date` of infinity; in mode `isostring` also `timestamp` of infinity',
    ours: '2147483647; `infinity`, `-infinity`',
    theirs: 'an overflow, -622191234 or another; a day of the year 292278994 or 294247',
    reason: 'Debezium’s values are days that exist.',
  },
  {
    kind: 'chosen',
    where: /every_type \S+ [rc] value\.after\.(t3|t6)$/,
    field: '`time` of 24:00:00, mode `isostring`',
    ours: '`24:00:00Z`',
    theirs: '`00:00:00Z`',
    reason: 'It is the end of the day, not its beginning.',
  },
  {
    kind: 'chosen',
    where: /toasted \S+ u value\.after\.bigb$/,
    field: 'untouched TOASTed `bytea` as base64',
    ours: 'the placeholder',
    theirs: 'null',
    reason: 'Null would say that the value is gone.',
  },
  {
    kind: 'chosen',
    where: /(every_default|defaults) \S+ [rcud] value\.(before|after)\.\w+$/,
    isOurs: (ours) => ours === null,
    field: 'null in a nullable column that has a default',
    ours: 'null',
    theirs: 'the default, put there by Kafka Connect’s Avro converter',
    reason: 'A null that the row holds, or a column that was not sent, is not the default.',
  },
  {
    kind: 'chosen',
    where: new RegExp(String.raw`every_default .*${row}\[(etext|etwo)\]\.(type\[[01]\]|default)$`),
    field: 'default that is an expression with a quoted text in it',
    ours: 'none',
    theirs: 'that text',
    reason: 'It is not what the expression gives.',
  },
  {
    kind: 'chosen',
    where: new RegExp(
      String.raw`every_default .*${row}\[fu\]\.(type\[0\]\.connect\.default|default)$`,
    ),
    field: 'default `current_user` and the like',
    ours: 'empty text, as of every function',
    theirs: 'the text `CURRENT_USER`',
    reason: 'No row gets that value.',
  },
  {
    kind: 'chosen',
    where: new RegExp(
      String.raw`negative_scale .*(value\.after\.v|${row}\[v\]\.type\[1\]\..*(scale|precision))$`,
    ),
    field: '`numeric` with a negative scale',
    ours: 'a decimal of scale 0 that holds all its values',
    theirs: 'scale 2046 for -2, and 2,046 zeros in every value',
    reason: 'Debezium reads the scale without its sign, and Avro knows no negative one.',
  },
  {
    kind: 'chosen',
    where: /(PREFIX\.transaction \S+ - (key|value)\.id|value\.transaction\.id)$/,
    field: 'id of a transaction in its metadata',
    ours: '`<transaction>:<LSN of its commit>`, the same in every record',
    theirs: '`<transaction>:<LSN>` of the record, another in each',
    reason: 'Records of one transaction can be put together by it.',
  },
  {
    kind: 'chosen',
    where:
      /PREFIX\.transaction \S+ - value\.data_collections\[\d\]\.(data_collection|event_count)$/,
    field: 'order of a transaction’s tables in its metadata',
    ours: 'of their first changes',
    theirs: 'a Java map’s',
    reason: 'Equal sets; each table has its count.',
  },
  {
    kind: 'chosen',
    where:
      /by_index \S+ \w+ (key\.(id|code)|keySchema\.fields\[0\]\.\w+|headers\.__debezium\.(newkey|oldkey))$/,
    field:
      'key where old rows hold an index other than the primary key (`REPLICA IDENTITY USING INDEX`)',
    ours: 'columns of that index',
    theirs: 'the primary key; 0 or empty in deletes and changed keys',
    reason: 'Old rows do not hold the primary key: a delete could not name its row.',
  },
  {
    kind: 'chosen',
    where: new RegExp(String.raw`every_type .*${row}\[pt\]\.type\[Point\]\.connect\.parameters$`),
    field: 'source type of a column whose schema is a record',
    ours: 'none',
    theirs: 'parameters of the record',
    reason: 'A record is defined once in a schema, and other columns may be of it.',
  },
  {
    kind: 'chosen',
    where: new RegExp(
      String.raw`#\d+ r .*${row}\[(id|s|nfree)\]\.type.*__debezium\.source\.column\.(type|length|scale)$`,
    ),
    field: 'source type of a serial, and length of `numeric` without digits, of snapshot rows',
    ours: '`INT4`, `INT8`; 131089, as in the stream',
    theirs: '`SERIAL`, `BIGSERIAL`; 0 and no scale, in the stream as ours',
    reason: 'One schema for both.',
  },
];
