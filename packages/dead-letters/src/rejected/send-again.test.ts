import { expect, test } from 'vitest';
import { fateOf, redriveHeaders } from './send-again.ts';

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
