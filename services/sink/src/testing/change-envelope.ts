/** Debezium's envelope of one table as Avro schema text, for tests that make changes by hand. */
const optional = (type: unknown) => ['null', type];

/** @param rowFields Avro fields of a row */
export function changeEnvelope(rowFields: readonly unknown[]): string {
  const source = {
    type: 'record',
    name: 'Source',
    namespace: 'io.debezium.connector.postgresql',
    fields: [
      { name: 'ts_ms', type: 'long' },
      { name: 'sequence', type: optional('string'), default: null },
      { name: 'lsn', type: optional('long'), default: null },
    ],
  };
  return JSON.stringify({
    type: 'record',
    name: 'Envelope',
    namespace: 'changes.tests',
    fields: [
      {
        name: 'before',
        type: optional({ type: 'record', name: 'Value', fields: rowFields }),
        default: null,
      },
      { name: 'after', type: optional('Value'), default: null },
      { name: 'source', type: source },
      { name: 'op', type: 'string' },
      { name: 'ts_ms', type: optional('long'), default: null },
    ],
  });
}
