/** Settings of what comes and goes beside rows: messages, the outbox, signals, notifications. */
import { setting } from '@millrace/runtime';

export const messageSettings = {
  outboxTable: setting.string({
    env: 'MILLRACE_CDC_OUTBOX_TABLE',
    optional: true,
    description:
      'Outbox as schema.table with Debezium’s columns id, aggregatetype, aggregateid, type, payload: an insert is a message on outbox.event.<aggregatetype>.',
  }),
  outboxColumns: setting.list({
    env: 'MILLRACE_CDC_OUTBOX_COLUMNS',
    default: [],
    description:
      'Other columns of the outbox, as role:column; roles id, key, type, payload, route (whose value names the topic).',
  }),
  outboxHeaders: setting.list({
    env: 'MILLRACE_CDC_OUTBOX_HEADERS',
    default: [],
    description: 'Further columns of the outbox that become headers, as column or column:header.',
  }),
  outboxTopic: setting.string({
    env: 'MILLRACE_CDC_OUTBOX_TOPIC',
    default: `outbox.event.\${routedByValue}`,
    description: `Topic of an outbox message; \${routedByValue} stands for the value of the column with the role route.`,
  }),
  outboxTombstone: setting.flag({
    env: 'MILLRACE_CDC_OUTBOX_TOMBSTONE',
    default: false,
    description:
      'Whether an empty payload of the outbox is a record without a value, as a null one is.',
  }),
  messagesInclude: setting.list({
    env: 'MILLRACE_CDC_MESSAGES_INCLUDE',
    default: ['*'],
    description:
      'Prefixes of logical messages (pg_logical_emit_message) that become records on changes.<source>.message; * stands for any text. The service’s own, millrace.…, never do.',
  }),
  messagesExclude: setting.list({
    env: 'MILLRACE_CDC_MESSAGES_EXCLUDE',
    default: [],
    description:
      'Prefixes that do not, although MILLRACE_CDC_MESSAGES_INCLUDE matches them; *: none do.',
  }),
  signalTable: setting.string({
    env: 'MILLRACE_CDC_SIGNAL_TABLE',
    optional: true,
    description:
      'Debezium’s signal table as schema.table, columns id, type, data: a row inserted into it is a signal. It has no topic.',
  }),
  signalTopic: setting.string({
    env: 'MILLRACE_CDC_SIGNAL_TOPIC',
    optional: true,
    description:
      'Debezium’s signal topic: records with the key changes.<source> are signals, JSON of type and data. Made when it is missing.',
  }),
  notificationTopic: setting.string({
    env: 'MILLRACE_CDC_NOTIFICATION_TOPIC',
    optional: true,
    description:
      'Topic of Debezium’s notifications about snapshots: begun, table by table, complete, given up, paused. Made when it is missing.',
  }),
};
