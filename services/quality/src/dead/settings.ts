/** Settings of what becomes of dead letters: how often they are looked for, and where redrives go. */
import { setting } from '@millrace/runtime';

export const deadSettings = {
  deadIntervalMs: setting.duration({
    env: 'MILLRACE_QUALITY_DEAD_INTERVAL',
    default: 2_000,
    min: 100,
    description: 'From one look for new dead letters to the next.',
  }),
  rejectedDoorUrl: setting.url({
    env: 'MILLRACE_INGEST_URL',
    schemes: ['http', 'https'],
    default: 'http://127.0.0.1:8080',
    description: 'The door that rejected events are sent to again.',
  }),
  rejectedDoorKey: setting.string({
    env: 'MILLRACE_INGEST_KEY',
    optional: true,
    secret: true,
    description: 'Key for that door, where it asks for one.',
  }),
  cdcSignalTopic: setting.string({
    env: 'MILLRACE_CDC_SIGNAL_TOPIC',
    optional: true,
    description:
      'Topic of signals to captures, as cdc has it: by it rows whose change is a dead letter are read again.',
  }),
};
