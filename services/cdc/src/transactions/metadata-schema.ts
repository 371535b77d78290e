/**
 * The Avro schemas of transaction metadata, as Debezium registers them. Source: Debezium's documentation of the
 * PostgreSQL connector, "Transaction metadata".
 */
const NAMESPACE = 'io.debezium.connector.common';

export const transactionKeySchema = JSON.stringify({
  type: 'record',
  name: 'TransactionMetadataKey',
  namespace: NAMESPACE,
  fields: [{ name: 'id', type: 'string' }],
  'connect.version': 1,
  'connect.name': `${NAMESPACE}.TransactionMetadataKey`,
});

const collectionSchema = {
  type: 'record',
  name: 'collection',
  namespace: 'event',
  fields: [
    { name: 'data_collection', type: 'string' },
    { name: 'event_count', type: 'long' },
  ],
  'connect.version': 1,
  'connect.name': 'event.collection',
};

export const transactionValueSchema = JSON.stringify({
  type: 'record',
  name: 'TransactionMetadataValue',
  namespace: NAMESPACE,
  fields: [
    { name: 'status', type: 'string' },
    { name: 'id', type: 'string' },
    { name: 'event_count', type: ['null', 'long'], default: null },
    {
      name: 'data_collections',
      type: ['null', { type: 'array', items: ['null', collectionSchema] }],
      default: null,
    },
    { name: 'ts_ms', type: 'long' },
  ],
  'connect.version': 1,
  'connect.name': `${NAMESPACE}.TransactionMetadataValue`,
});
