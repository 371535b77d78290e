import { expect, test } from 'vitest';
import { noNotifications, parseNotifications } from './notifications-file.ts';

const text = `
channels:
  oncall: { kind: webhook, url: 'https://hooks.test/\${TOKEN}', secret: '\${TOKEN}' }
  mail: { kind: email, smtp: smtp://127.0.0.1:25, from: a@x.test, to: [b@x.test] }
routes:
  - { to: oncall, severity: critical }
  - { to: mail, domain: flights }
defaults: { pending: 30s }
alerts:
  ConsumerLag: { pending: 5m, severity: critical, repeat: never }
`;

test('channels, routes and times are read, secrets come from the environment', () => {
  const read = parseNotifications(text, { TOKEN: 's3cret' });
  expect(read.channels['oncall']).toEqual({
    ...{ kind: 'webhook', url: 'https://hooks.test/s3cret', secret: 's3cret' },
  });
  expect(read.timingOf('ConsumerLag')).toEqual({
    ...{ pendingMs: 300_000, holdMs: 120_000, repeatMs: Number.POSITIVE_INFINITY },
    severity: 'critical',
  });
  expect(read.timingOf('SlotLagging')).toMatchObject({ pendingMs: 30_000 });
  expect(noNotifications.timingOf('any')).toMatchObject({ pendingMs: 60_000 });
});

test.each([
  ['a: 1\nb: [', 'no YAML, line 2'],
  [text, 'TOKEN is not set'],
  ['channels: { a: { kind: pigeon } }', 'channels.a.kind'],
  ['channels: { a: { kind: slack, url: ftp://x } }', 'channels.a.url'],
  ['routes: [{ to: nobody }]', 'no channel nobody'],
  ['alerts: { X: { pending: soon } }', 'alerts.X.pending'],
  ['chanels: {}', 'chanels'],
])('%j is refused: %s', (wrong, told) => {
  expect(() => parseNotifications(wrong, {})).toThrow(told);
});
