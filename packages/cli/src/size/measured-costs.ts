/**
 * What the platform's parts cost, as measured on two cores of the project's machines; docs/operations/sizing.md names the
 * command behind each figure. Costs are CPU time, which a busy machine hardly changes; rates that follow from them are not
 * promises. Change a figure only with a measurement.
 */
export const measured = {
  ingest: {
    /** A request costs this, and each event in it that: 56 µs for one event, 6.7 µs an event in batches of 100, 5.4 in 1,000. */
    requestUs: 50.4,
    eventUs: 5.6,
    memoryMb: 256,
  },
  cdc: {
    rowUs: 5,
    /** One instance reads a slot; a second one waits. The least of three runs. */
    rowsPerSecondMax: 130_000,
    memoryMb: 320,
  },
  streamTransform: {
    /** The dearest of seven queries of Nexmark (q11, sessions by key). */
    eventUs: 3.5,
    /** A key that is not in memory is read, changed and written back. */
    coldKeyUs: 25,
    memoryMb: 384,
    /** Of ten million keys with counts: checkpoint on disk, and the same again on its changelog topic. */
    bytesPerKey: 64,
  },
  sink: {
    rowUs: 1.6,
    /** An insert costs the sink this, however few rows it has. */
    insertUs: 2_000,
    memoryMb: 256,
  },
  clickhouse: {
    /** ClickHouse's side of a row of eight columns. */
    rowUs: 2.8,
    insertUs: 4_000,
    /** Merges write a row again some times. Not measured: a rule of thumb. */
    mergeFactor: 1.5,
    memoryMb: 4_096,
  },
  kafka: {
    /** The broker's CPU for a record of a send of 500 that is written, and each time it is read. */
    writtenUs: 5.1,
    readUs: 1.4,
    /** Key, id, time and framing beside the Avro value, nothing compressed. */
    overheadBytes: 21,
    memoryMb: 2_048,
  },
  /** An Avro value beside the JSON text that it came from. */
  avroShareOfJson: 0.25,
  /** A row with its five columns of metadata on ClickHouse's disk, beside the JSON text. */
  rowShareOfJson: 0.2,
} as const;
