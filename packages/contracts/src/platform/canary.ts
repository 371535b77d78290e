/** `millrace.canary`: an event that the platform sends through itself, to know that the whole way is open. A project that wants it holds its files. */
import type { PlatformStream } from './platform-stream.ts';

export const canary: PlatformStream = {
  name: 'canary',
  purpose:
    'Events that the quality service sends the way of all others, to measure how long it takes.',
  source: 'event',
  key: ['canary_id'],
  identity: 'canary_id',
  orderBy: ['sent_at'],
  retentionDays: 7,
  fields: [
    {
      ...{ name: 'canary_id', type: 'string', classification: 'internal' },
      doc: 'Names this one.',
    },
    {
      ...{ name: 'sent_at', type: 'time', classification: 'internal' },
      doc: 'When it was sent, by the clock of the quality service.',
    },
    {
      ...{ name: 'sender', type: 'string', few: true, classification: 'internal' },
      doc: 'Which run of the quality service sent it.',
    },
  ],
};
