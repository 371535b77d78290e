import { createManualClock } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createClient } from './client.ts';
import type { ClientOptions, Loss, Rejection } from './options.ts';
import { type ScriptedDoor, startScriptedDoor } from './testing/scripted-door.ts';

let door: ScriptedDoor;
let clients: { close(options: { timeoutMs: number }): Promise<void> }[] = [];

beforeEach(async () => {
  door = await startScriptedDoor();
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close({ timeoutMs: 0 })));
  clients = [];
  await door.close();
});

const clientOf = (options: Partial<ClientOptions> = {}) => {
  const client = createClient({ url: door.url, lingerMs: 0, backoffMs: 1, ...options });
  clients.push(client);
  return client;
};
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ n: from + index }));
const sentNumbers = () => door.seen.flatMap(({ events }) => events as { n: number }[]);

describe('batches', () => {
  test('are cut by count, by bytes, and by age', async () => {
    const clock = createManualClock();
    const client = clientOf({ clock, lingerMs: 50, batchEvents: 3, batchBytes: 100 });
    const first = numbers(0, 4).map((event) => client.send('shop.orders', event));
    await Promise.all(first.slice(0, 3));
    expect(door.seen.map(({ events }) => events.length)).toEqual([3]);
    await clock.advance(50);
    await Promise.all(first);
    expect(door.seen.map(({ events }) => events.length)).toEqual([3, 1]);
    const large = [1, 2].map((n) => client.send('shop.orders', { n, text: 'x'.repeat(80) }));
    await large[0];
    expect(door.seen.at(-1)?.events.length).toBe(1);
    await clock.advance(50);
    await Promise.all(large);
  });

  test('go to the path of their stream, as NDJSON with the key', async () => {
    const client = clientOf({ key: async () => 'mrk_1' });
    expect(await client.send('shop.orders', { n: 1, text: 'Grüße\n' })).toEqual({
      status: 'accepted',
    });
    expect(door.seen).toMatchObject([
      {
        path: '/v1/events/shop/orders',
        authorization: 'Bearer mrk_1',
        contentType: 'application/x-ndjson',
        events: [{ n: 1, text: 'Grüße\n' }],
      },
    ]);
    expect(door.seen[0]?.key).toMatch(/^[0-9a-f]{32}$/);
  });

  test('of one stream leave one after the other, in the order of the calls', async () => {
    const client = clientOf({ batchEvents: 10 });
    door.answer({ status: 503 }, 'cut', { status: 429 });
    const results = await Promise.all(
      numbers(0, 95).map((event) => client.send('shop.orders', event)),
    );
    expect(results.every(({ status }) => status === 'accepted')).toBe(true);
    // The first batch came four times, three times in vain.
    expect(sentNumbers().slice(30)).toEqual(numbers(0, 95));
  });

  test('that the door finds too large are halved until it takes them', async () => {
    const tooLarge = { status: 413, body: { code: 'ingest.too-many-events' } };
    door.answer(tooLarge, tooLarge);
    const client = clientOf();
    const results = await Promise.all(
      numbers(0, 5).map((event) => client.send('shop.orders', event)),
    );
    expect(results).toEqual(new Array(5).fill({ status: 'accepted' }));
    expect(door.seen.map(({ events }) => events.length)).toEqual([5, 3, 2, 1, 2]);
    const [, , a, b, c] = door.seen;
    expect([a, b, c].flatMap((batch) => batch?.events)).toEqual(numbers(0, 5));
    expect(client.queued).toMatchObject({ events: 0, bytes: 0 });
  });

  test('are gzipped when they are large, and as they are once the door has refused that', async () => {
    const event = { text: 'x'.repeat(3000) };
    const client = clientOf({ gzipBytesMin: 2048 });
    await client.send('shop.orders', event);
    door.answer({ status: 415, body: { code: 'ingest.content-encoding-unsupported' } });
    expect(await client.send('shop.orders', event)).toEqual({ status: 'accepted' });
    await client.send('shop.orders', { n: 1 });
    expect(door.seen.map(({ encoding }) => encoding)).toEqual([
      'gzip',
      'gzip',
      undefined,
      undefined,
    ]);
    expect(door.seen[0]?.events).toEqual([event]);
  });
});

describe('failures', () => {
  test('a batch whose answer was lost is sent again, the same bytes under the same key', async () => {
    door.answer('cut', { status: 202, body: { accepted: 2, duplicates: 2 } });
    const client = clientOf();
    const results = await Promise.all(
      numbers(0, 2).map((event) => client.send('shop.orders', event)),
    );
    expect(results).toEqual([{ status: 'duplicate' }, { status: 'duplicate' }]);
    expect(door.seen[1]).toEqual(door.seen[0]);
  });

  test('Retry-After holds for all streams, and no attempt comes before it is over', async () => {
    const clock = createManualClock();
    door.answer({ status: 429, headers: { 'retry-after': '30' } });
    const client = clientOf({ clock, random: () => 0 });
    const orders = client.send('shop.orders', { n: 1 });
    await clock.advance(0);
    await expect.poll(() => door.seen.length).toBe(1);
    // Two sleep: the batch, and none else; then the other stream behind what the door asked for.
    await expect.poll(clock.sleeping).toBe(1);
    const returns = client.send('shop.returns', { n: 2 });
    await clock.advance(29_999);
    expect(door.seen.length).toBe(1);
    await clock.advance(1);
    expect(await Promise.all([orders, returns])).toEqual([
      { status: 'accepted' },
      { status: 'accepted' },
    ]);
  });

  test('an event that is refused is not sent again, and is told with its problems; the others are accepted', async () => {
    const problems = [{ path: '/n', rule: 'type', message: '/n must be an integer.' }];
    const refusal = {
      index: 1,
      status: 'rejected',
      code: 'ingest.event-invalid',
      message: 'no',
      problems,
    };
    door.answer({
      status: 207,
      body: { accepted: 1, rejected: 1, results: [{ index: 0, status: 'accepted' }, refusal] },
    });
    const rejections: Rejection[] = [];
    const client = clientOf({ onRejected: (rejection) => rejections.push(rejection) });
    const [good, bad] = await Promise.all([
      client.send('shop.orders', { n: 1 }),
      client.send('shop.orders', { n: 'two' }),
    ]);
    expect(good).toEqual({ status: 'accepted' });
    expect(bad).toEqual({
      status: 'rejected',
      code: 'ingest.event-invalid',
      message: 'no',
      problems,
    });
    expect(rejections).toEqual([{ stream: 'shop.orders', event: { n: 'two' }, result: bad }]);
    expect(door.seen.length).toBe(1);
  });

  test('a batch of which Kafka took a part is sent again whole, and each event keeps its first fate', async () => {
    const later = { status: 'rejected', code: 'ingest.kafka-unavailable', message: 'later' };
    door.answer(
      {
        status: 207,
        body: {
          results: [
            { index: 0, status: 'accepted' },
            { index: 1, ...later },
          ],
        },
      },
      {
        status: 202,
        body: {
          accepted: 2,
          duplicates: 1,
          results: [
            { index: 0, status: 'accepted', duplicate: true },
            { index: 1, status: 'accepted' },
          ],
        },
      },
    );
    const client = clientOf();
    const results = await Promise.all(
      numbers(0, 2).map((event) => client.send('shop.orders', event)),
    );
    expect(results).toEqual([{ status: 'accepted' }, { status: 'accepted' }]);
    expect(door.seen[1]).toEqual(door.seen[0]);
  });

  test('an answer 500 is asked for ten times, then taken at its word', async () => {
    door.answer(
      ...new Array(10).fill({ status: 500, body: { code: 'ingest.internal', detail: 'broken' } }),
    );
    const result = await clientOf().send('shop.orders', { n: 1 });
    expect(result).toMatchObject({
      status: 'rejected',
      code: 'ingest.internal',
      message: 'broken',
    });
    expect(door.seen.length).toBe(10);
  });

  test('past the deadline an event is given up, with a word on whether it may be written', async () => {
    const clock = createManualClock();
    door.answer(...new Array(100).fill({ status: 503 }));
    const losses: Loss[] = [];
    const client = clientOf({
      clock,
      deadlineMs: 1000,
      random: () => 0.99,
      backoffMs: 400,
      onDropped: (loss) => losses.push(loss),
    });
    const sent = client.send('shop.orders', { n: 1 });
    let result: unknown;
    void sent.then((it) => {
      result = it;
    });
    await expect
      .poll(async () => {
        await clock.advance(100);
        return result;
      })
      .toMatchObject({ status: 'unsent', code: 'deadline', mayBeWritten: true, stored: false });
    expect(losses).toEqual([{ stream: 'shop.orders', events: [{ n: 1 }], code: 'deadline' }]);
  });

  test('a hook that throws stops no batch', async () => {
    const thrown: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => thrown.push(error));
    door.answer({ status: 400, body: { code: 'ingest.json-invalid' } });
    const client = clientOf({
      onRejected: () => {
        throw new Error('a bug of the hook');
      },
    });
    expect(await client.send('shop.orders', { n: 1 })).toMatchObject({ status: 'rejected' });
    expect(await client.send('shop.orders', { n: 2 })).toEqual({ status: 'accepted' });
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(thrown).toMatchObject([{ message: 'a bug of the hook' }]);
  });
});

describe('a full queue', () => {
  const full = (whenFull: 'block' | 'reject' | 'drop-oldest', more: Partial<ClientOptions> = {}) =>
    clientOf({ whenFull, queueEvents: 4, batchEvents: 2, ...more });

  test('holds the caller’s promise until there is room, in order', async () => {
    const release = door.hold();
    const client = full('block');
    const results = numbers(0, 9).map((event) => client.send('shop.orders', event));
    await expect.poll(() => door.seen.length).toBe(1);
    expect(client.queued.events).toBe(4);
    release();
    expect(await Promise.all(results)).toEqual(new Array(9).fill({ status: 'accepted' }));
    expect(sentNumbers()).toEqual(numbers(0, 9));
  });

  test('refuses at once when told so', async () => {
    const release = door.hold();
    const client = full('reject');
    const results = numbers(0, 5).map((event) => client.send('shop.orders', event));
    expect(await results[4]).toMatchObject({
      status: 'unsent',
      code: 'queue-full',
      mayBeWritten: false,
    });
    release();
    expect(await Promise.all(results.slice(0, 4))).toEqual(
      new Array(4).fill({ status: 'accepted' }),
    );
  });

  test('drops the oldest that is not under way when told so, and says which', async () => {
    const release = door.hold();
    const losses: Loss[] = [];
    const client = full('drop-oldest', { onDropped: (loss) => losses.push(loss) });
    const early = numbers(0, 4).map((event) => client.send('shop.orders', event));
    await expect.poll(() => door.seen.length).toBe(1);
    const late = client.send('shop.orders', { n: 4 });
    expect(await early[2]).toMatchObject({ status: 'unsent', code: 'dropped' });
    release();
    expect(await Promise.all([early[0], early[1], late])).toEqual(
      new Array(3).fill({ status: 'accepted' }),
    );
    expect(losses).toEqual([{ stream: 'shop.orders', events: numbers(2, 4), code: 'dropped' }]);
    expect(sentNumbers()).toEqual([{ n: 0 }, { n: 1 }, { n: 4 }]);
  });
});

describe('an end', () => {
  test('an event that is aborted before it is in a batch is not sent', async () => {
    const controller = new AbortController();
    const client = clientOf({ lingerMs: 60_000 });
    const aborted = client.send('shop.orders', { n: 1 }, { signal: controller.signal });
    const kept = client.send('shop.orders', { n: 2 });
    controller.abort();
    expect(await aborted).toMatchObject({ status: 'unsent', code: 'aborted', mayBeWritten: false });
    await client.flush();
    expect(await kept).toEqual({ status: 'accepted' });
    expect(sentNumbers()).toEqual([{ n: 2 }]);
  });

  test('close sends what waits, and takes nothing more', async () => {
    const client = clientOf({ lingerMs: 60_000 });
    const results = numbers(0, 3).map((event) => client.send('shop.orders', event));
    await client.close();
    expect(await Promise.all(results)).toEqual(new Array(3).fill({ status: 'accepted' }));
    expect(await client.send('shop.orders', { n: 4 })).toMatchObject({
      status: 'unsent',
      code: 'closed',
    });
  });

  test('close with a limit gives up what is left, and tells it', async () => {
    const release = door.hold();
    const losses: Loss[] = [];
    const client = clientOf({
      batchEvents: 1,
      queueEvents: 2,
      onDropped: (loss) => losses.push(loss),
    });
    const results = numbers(0, 3).map((event) => client.send('shop.orders', event));
    await expect.poll(() => door.seen.length).toBe(1);
    await client.close({ timeoutMs: 0 });
    release();
    expect(await Promise.all(results)).toMatchObject([
      { status: 'unsent', code: 'closed', mayBeWritten: true },
      { status: 'unsent', code: 'closed', mayBeWritten: false },
      { status: 'unsent', code: 'closed', mayBeWritten: false },
    ]);
    expect(losses.map(({ events }) => events)).toEqual([[{ n: 0 }], [{ n: 1 }]]);
  });

  test('what is no JSON object comes back, and takes no place', async () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const client = clientOf();
    for (const event of [cycle, { n: 1n }, [1], null, 'text'])
      expect(await client.send('shop.orders', event as object)).toMatchObject({ code: 'not-json' });
    expect(client.queued).toMatchObject({ events: 0, bytes: 0 });
  });

  test('options that cannot be meant are refused', () => {
    expect(() => createClient({ url: 'ftp://door' })).toThrow(TypeError);
    expect(() => createClient({ url: 'door' })).toThrow(TypeError);
    expect(() => createClient({ url: 'http://door', batchEvents: 0 })).toThrow('batchEvents is 0');
  });
});
