/** The Avro schemas of notifications, as Debezium registers them. Source: Debezium's documentation, "Notifications". */
const NAMESPACE = 'io.debezium.connector.common';

export const notificationKeySchema = JSON.stringify({
  type: 'record',
  name: 'NotificationKey',
  namespace: NAMESPACE,
  fields: [{ name: 'id', type: 'string' }],
  'connect.version': 1,
  'connect.name': `${NAMESPACE}.NotificationKey`,
});

export const notificationValueSchema = JSON.stringify({
  type: 'record',
  name: 'Notification',
  namespace: NAMESPACE,
  fields: [
    { name: 'id', type: 'string' },
    { name: 'type', type: 'string' },
    { name: 'aggregate_type', type: 'string' },
    {
      name: 'additional_data',
      type: ['null', { type: 'map', values: 'string' }],
      default: null,
    },
    { name: 'timestamp', type: 'long' },
  ],
  'connect.version': 1,
  'connect.name': `${NAMESPACE}.Notification`,
});
