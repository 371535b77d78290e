import { expect, test } from 'vitest';
import { readAnswer } from './read-answer.ts';

const read = (status: number, body: unknown, events = 2, retryAfter: string | null = null) =>
  readAnswer(status, retryAfter, typeof body === 'string' ? body : JSON.stringify(body), events, 0);

const accepted = { status: 'accepted' };

test('202 accepts every event; when all were there before, each is a duplicate', () => {
  expect(read(202, { accepted: 2 })).toMatchObject({ kind: 'fates', fates: [accepted, accepted] });
  expect(read(202, { accepted: 2, duplicates: 2 })).toMatchObject({
    fates: [{ status: 'duplicate' }, { status: 'duplicate' }],
  });
  expect(read(202, { accepted: 2, spooled: 2 })).toMatchObject({
    fates: [{ status: 'spooled' }, { status: 'spooled' }],
  });
});

test('207 gives each event its own result, with the problems of those that are refused', () => {
  const problems = [{ path: '/amount', rule: 'type', message: '/amount must be an integer.' }];
  const results = [
    { index: 0, status: 'accepted', duplicate: true },
    { index: 1, status: 'rejected', code: 'ingest.event-invalid', message: 'no', problems },
  ];
  expect(read(207, { accepted: 1, rejected: 1, results })).toMatchObject({
    kind: 'fates',
    fates: [
      { status: 'duplicate' },
      { status: 'rejected', code: 'ingest.event-invalid', message: 'no', problems },
    ],
  });
});

test('an event whose trouble passes has no fate yet, so that its batch is sent again', () => {
  const results = [
    { index: 0, status: 'accepted' },
    { index: 1, status: 'rejected', code: 'ingest.kafka-unavailable', message: 'later' },
  ];
  expect(read(207, { accepted: 1, results }, 2, '3')).toMatchObject({
    fates: [accepted, undefined],
    askedMs: 3000,
  });
  const limited = { ...results[1], code: 'ingest.key-rate-exceeded' };
  expect(read(207, { accepted: 1, results: [results[0], limited] })).toMatchObject({
    fates: [accepted, undefined],
  });
  expect(read(503, { code: 'ingest.kafka-unavailable', results: [results[1]] })).toMatchObject({
    kind: 'fates',
    fates: [undefined, undefined],
  });
});

test('a request that is refused for good refuses each of its events, with the code and its words', () => {
  expect(
    read(404, { code: 'ingest.stream-unknown', detail: 'There is no stream a.b.' }),
  ).toMatchObject({
    fates: [
      { status: 'rejected', code: 'ingest.stream-unknown', message: 'There is no stream a.b.' },
      {},
    ],
  });
  expect(read(403, '<html>')).toMatchObject({
    fates: [{ code: 'http.403' }, { code: 'http.403' }],
  });
});

test('429, timeouts and servers in trouble are failures that pass', () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504])
    expect(read(status, {}, 2, '1')).toMatchObject({ kind: 'failed', askedMs: 1000 });
  expect(read(429, {})).toMatchObject({ open: false });
  expect(read(503, {})).toMatchObject({ open: true });
});

test('a 200 that is not the door’s own, from a captive portal, accepts nothing', () => {
  expect(read(200, '<html>Log in</html>')).toMatchObject({ kind: 'failed' });
  expect(read(202, { accepted: 1 })).toMatchObject({ kind: 'failed' });
});

test('too large and unreadable gzip are told apart from refusals', () => {
  expect(read(413, { code: 'ingest.too-many-events' })).toMatchObject({ kind: 'too-large' });
  expect(read(415, { code: 'ingest.content-encoding-unsupported' })).toEqual({ kind: 'no-gzip' });
  expect(read(415, { code: 'ingest.media-type-unsupported' })).toMatchObject({ kind: 'fates' });
});
