/** `millrace.alerts`: what was wrong with the running platform, each time that an alert fired, became graver or ended. */
import type { PlatformStream } from './platform-stream.ts';

export const alerts: PlatformStream = {
  name: 'alerts',
  purpose: 'Alerts of the running platform: each time that one fired, became graver or ended.',
  key: ['alert_id'],
  identity: 'change_id',
  orderBy: ['changed_at'],
  retentionDays: 90,
  fields: [
    {
      ...{ name: 'change_id', type: 'string', classification: 'internal' },
      doc: 'Of this change.',
    },
    {
      ...{ name: 'alert_id', type: 'string', classification: 'internal' },
      doc: 'The same for as long as the same thing is wrong.',
    },
    { ...{ name: 'changed_at', type: 'time', classification: 'internal' }, doc: 'When.' },
    {
      ...{ name: 'change', type: 'string', few: true, classification: 'internal' },
      doc: 'fired, graver or ended.',
    },
    {
      ...{ name: 'name', type: 'string', few: true, classification: 'internal' },
      doc: 'Names the runbook.',
    },
    {
      ...{ name: 'severity', type: 'string', few: true, classification: 'internal' },
      doc: 'info, warning or critical.',
    },
    {
      ...{ name: 'subject', type: 'string', classification: 'internal' },
      doc: 'What it is about: a group, a stream, a slot.',
    },
    {
      ...{ name: 'contract', type: 'string', nullable: true, classification: 'internal' },
      doc: 'The contract that it is about.',
    },
    { ...{ name: 'summary', type: 'string', classification: 'internal' }, doc: 'With figures.' },
    {
      ...{ name: 'since', type: 'time', classification: 'internal' },
      doc: 'When it began to be wrong.',
    },
  ],
};
