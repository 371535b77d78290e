import { expect, test } from 'vitest';
import type { EventFate, EventRequest, ParsedBody } from '../event-request.ts';
import type { Quarantine } from '../quarantine/open-quarantine.ts';
import type { Rejection } from '../quarantine/rejection.ts';
import { createQuarantineRejectsStep } from './quarantine-rejects.ts';

/** A quarantine that keeps all but the second. */
const world = (rejected: 'keep' | 'drop' = 'keep') => {
  const given: Rejection[] = [];
  const quarantine: Quarantine = {
    keep: async (_request, rejections) => {
      given.push(...rejections);
      return rejections.map((_, index) => index !== 1);
    },
  };
  const request = (body: string, attributes: object = {}) =>
    ({
      stream: { contract: { rejected } },
      ...{ body: Buffer.from(body), format: 'json', attributes },
    }) as unknown as EventRequest;
  return { given, request, step: createQuarantineRejectsStep(() => quarantine) };
};
const invalid: EventFate = { status: 'rejected', code: 'ingest.event-invalid', message: 'no' };
const away: EventFate = { status: 'rejected', code: 'ingest.kafka-unavailable', message: 'away' };
const accepted: EventFate = { status: 'accepted' };
const body = (count: number, more: object = {}): ParsedBody => ({
  values: Array.from({ length: count }, () => ({})),
  unreadable: new Map(),
  ...more,
});

test('what is wrong by itself is kept with its bytes and its id, and told whether it is', async () => {
  const { given, request, step } = world();
  const fates = [invalid, accepted, invalid, away];
  const told = await step.events(
    request('[{"a":1}, 2, {"b":1.0}, 4]', { idempotencyKey: 'k' }),
    body(4),
    fates,
  );
  expect([...told]).toEqual([
    [0, { ...invalid, quarantined: true }],
    [2, { ...invalid, quarantined: false }],
  ]);
  expect(
    given.map(({ content, position, eventId }) => [String(content), position, eventId]),
  ).toEqual([
    ['{"a":1}', 0, 'k/0'],
    ['{"b":1.0}', 2, 'k/2'],
  ]);
});

test('of a request whose events go to several streams, each is cut out where it stands', async () => {
  const { given, request, step } = world();
  const part = body(1, { positions: [1], attributes: [{ id: 'own' }] });
  await step.events({ ...request('[{"a":1},{"b":2}]'), format: 'cloud-events' }, part, [invalid]);
  expect(given).toMatchObject([{ content: Buffer.from('{"b":2}'), position: 1, eventId: 'own' }]);
});

test('a body that cannot be read is kept whole', async () => {
  const { given, request, step } = world();
  const refusal = { code: 'ingest.json-invalid', message: 'no' } as const;
  expect(await step.body(request('{"a" 1'), refusal)).toEqual({ ...refusal, quarantined: true });
  expect(given).toMatchObject([{ position: null, content: Buffer.from('{"a" 1') }]);
});

test('where the contract drops what is rejected, or there is no quarantine, nothing is said of it', async () => {
  const { given, request, step } = world('drop');
  expect((await step.events(request('{}'), body(1), [invalid])).size).toBe(0);
  const none = createQuarantineRejectsStep();
  expect((await none.events(world().request('{}'), body(1), [invalid])).size).toBe(0);
  expect(given).toEqual([]);
});
