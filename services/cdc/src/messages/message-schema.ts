/**
 * The Avro schemas of logical messages, as Debezium registers them: the same for every source, and only one of the
 * envelope's three times. Source: Debezium's documentation of the PostgreSQL connector, "Message events", and the
 * schemas it registers.
 */
import { sourceSchema, transactionSchema } from '../envelope/envelope-schema.ts';

const NAMESPACE = 'io.debezium.connector.postgresql';

const optional = (name: string, type: string) => ({ name, type: ['null', type], default: null });

export const messageKeySchema = JSON.stringify({
  type: 'record',
  name: 'MessageKey',
  namespace: NAMESPACE,
  fields: [optional('prefix', 'string')],
  'connect.version': 1,
  'connect.name': `${NAMESPACE}.MessageKey`,
});

export const messageValueSchema = JSON.stringify({
  type: 'record',
  name: 'MessageValue',
  namespace: NAMESPACE,
  fields: [
    { name: 'op', type: 'string' },
    optional('ts_ms', 'long'),
    // the record around it is of the same namespace
    { name: 'source', type: { ...sourceSchema, namespace: undefined } },
    { name: 'transaction', type: ['null', transactionSchema], default: null },
    {
      name: 'message',
      type: {
        type: 'record',
        name: 'Message',
        fields: [optional('prefix', 'string'), optional('content', 'bytes')],
        'connect.version': 1,
        'connect.name': `${NAMESPACE}.Message`,
      },
    },
  ],
  'connect.version': 1,
  'connect.name': `${NAMESPACE}.MessageValue`,
});
