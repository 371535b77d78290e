import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { RejectedEvent } from './rejected-rows.ts';
import { fateOf, redriveHeaders, sendAgain } from './send-again.ts';

const event = {
  ...{ attempt: 0, mediaType: 'application/json', position: 3, rejectionId: 'r1' },
  ...{
    eventId: null,
    idempotencyKey: null,
    source: null,
    type: null,
    time: null,
    extensions: null,
  },
};

test('an event goes with its own id and source, or with one of the rejection, which is the same each time', () => {
  expect(redriveHeaders({ ...event, eventId: 'batch/3', source: '/till/1' })).toEqual({
    'content-type': 'application/json',
    'millrace-attempt': '1',
    'ce-id': 'batch/3',
    'ce-source': '/till/1',
  });
  expect(redriveHeaders(event)['ce-id']).toBe('redrive/r1');
});

test('a whole body goes under a key for all its events', () => {
  const headers = redriveHeaders({ ...event, position: null, attempt: 2 });
  expect(headers).toMatchObject({ 'idempotency-key': 'redrive/r1', 'millrace-attempt': '3' });
  expect(headers['ce-id']).toBeUndefined();
});

test('a structured CloudEvent says itself what it is', () => {
  const headers = redriveHeaders({
    ...event,
    mediaType: 'application/cloudevents+json',
    eventId: 'e',
  });
  expect(Object.keys(headers)).toEqual(['content-type', 'millrace-attempt']);
});

test.each([
  [202, { accepted: 1 }, 'accepted'],
  [202, { accepted: 1, duplicates: 1 }, 'duplicate'],
  [202, { accepted: 2, duplicates: 1 }, 'accepted'],
  [422, { code: 'c', results: [{ status: 'rejected', quarantined: true }] }, 'rejected'],
  [422, { code: 'c', results: [{ status: 'rejected', quarantined: false }] }, 'rejected_not_kept'],
  [400, { code: 'c', quarantined: true }, 'rejected'],
  [413, { code: 'c' }, 'rejected_not_kept'],
  [503, { code: 'c' }, undefined],
  [401, { code: 'c' }, undefined],
])('%i %o is %s', (status, answer, outcome) => {
  expect(fateOf(status, answer)?.outcome).toBe(outcome);
});

test.each([
  [404, 'ingest.stream-unknown'],
  [403, 'ingest.scope-missing'],
  [503, 'ingest.stream-stopped'],
])(
  '%i %s is of the stream alone: the event stays open, and others are sent',
  async (status, code) => {
    const server = createServer((_, response) =>
      response.writeHead(status, { 'retry-after': '1' }).end(JSON.stringify({ code })),
    ).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const rejected = { ...event, stream: 'shop.gone' } as unknown as RejectedEvent;
    try {
      expect(await sendAgain({ url }, rejected, Buffer.from('{}'))).toEqual({
        outcome: 'not_sent',
        code,
      });
    } finally {
      server.close();
    }
  },
);
