import type { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { createManualClock } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PartPosition, RowBatch } from '../pull-source.ts';
import { type PagedApi, startPagedApi } from '../testing/paged-api.ts';
import { nextLink } from './http-client.ts';
import { httpPlace } from './http-declaration.ts';
import { createHttpSource } from './http-source.ts';

let api: PagedApi;

beforeEach(async () => {
  api = await startPagedApi();
  for (let n = 1; n <= 5; n += 1) api.records.push({ id: `r${n}`, updated_at: n * 10 });
});
afterEach(() => api.close());

const { signal } = new AbortController();
const cursor = { field: 'updated_at', parameter: 'since' };

/** One round: the ids of its rows, and the position behind each batch. */
const round = async (
  path: string,
  more: object = {},
  from?: PartPosition,
  { clock = systemClock, batchesMax = 100 } = {},
) => {
  const declaration = httpPlace.parse({ http: `${api.url}${path}`, ...more });
  const source = createHttpSource({ declaration, everyMs: 1000, clock });
  const ids: string[] = [];
  const positions: PartPosition[] = [];
  for await (const part of source.parts(new Map(), signal)) {
    const batches: AsyncIterable<RowBatch> = part.read(from, signal);
    for await (const batch of batches) {
      ids.push(...batch.values.map((row) => (row as { id: string }).id));
      // Through JSON, as a position is kept.
      positions.push(JSON.parse(JSON.stringify(batch.at)) as PartPosition);
      if (positions.length === batchesMax) break;
    }
  }
  return { ids, positions, at: positions.at(-1)! };
};
const all = ['r1', 'r2', 'r3', 'r4', 'r5'];

const ways: readonly (readonly [string, object])[] = [
  ['/link', { pages: 'link' }],
  ['/cursor', { pages: { cursor: 'next', parameter: 'after' }, records: 'data.items' }],
  ['/offset', { pages: { offset: 'offset' } }],
  ['/page', { pages: { page: 'page' } }],
];

describe.each(ways)('pages by %s', (path, more) => {
  test('are read to the last one', async () => {
    expect((await round(path, more)).ids).toEqual(all);
  });

  test('go on from any page, with nothing lost and nothing twice', async () => {
    for (const declaration of [
      more,
      { ...more, cursor },
      { ...more, cursor: { ...cursor, sorted: true } },
    ])
      for (const batchesMax of [1, 2]) {
        const begun = await round(path, declaration, undefined, { batchesMax });
        const rest = await round(path, declaration, begun.at);
        expect([...begun.ids, ...rest.ids]).toEqual(all);
      }
  });

  test('a later round brings what is new and what has changed, once', async () => {
    const declaration = { ...more, cursor: { ...cursor, overlap: 25 } };
    const first = await round(path, declaration);
    api.records.push({ id: 'r6', updated_at: 45 }, { id: 'r7', updated_at: 60 });
    const second = await round(path, declaration, first.at);
    expect(second.ids).toEqual(['r6', 'r7']);
    expect((await round(path, declaration, second.at)).ids).toEqual([]);
    expect(api.seen.some(({ url }) => url.includes('since=25'))).toBe(true);
  });
});

test.each([
  ['/page-again', { pages: { page: 'page' } }],
  ['/link', { pages: { offset: 'unknown' } }],
])(
  'an API that answers a page once more instead of an empty one (%s) is read to there',
  async (path, more) => {
    const { ids } = await round(path, more);
    expect(ids).toEqual(path === '/link' ? all.slice(0, 2) : all);
    for (const declaration of [more, { ...more, cursor }]) {
      const begun = await round(path, declaration, undefined, {
        batchesMax: path === '/link' ? 1 : 3,
      });
      expect((await round(path, declaration, begun.at)).ids).toEqual([]);
    }
  },
);

describe('failures', () => {
  test('500 and 429 are tried again; what stays away says so and may pass', async () => {
    api.failures.push(500, 429);
    const clock = fastClock();
    expect((await round('/link', { pages: 'link' }, undefined, { clock })).ids).toEqual(all);
    api.failures.push(...new Array(10).fill(503));
    await expect(round('/link', {}, undefined, { clock })).rejects.toMatchObject({
      code: 'ingest.place-unavailable',
      retryable: true,
      message: expect.stringContaining('answered 503'),
    });
  });

  test('400 is not, and no message holds what the address asked with', async () => {
    api.failures.push(400);
    const failed = round('/link?secret=hidden', {
      auth: { apiKey: { parameter: 'key', value: 'hidden' } },
    });
    const error = await failed.catch((one: unknown) => one as MillraceError);
    expect(error).toMatchObject({ code: 'ingest.place-refused', retryable: false });
    expect(String((error as MillraceError).message)).not.toContain('hidden');
    expect(api.seen.length).toBe(1);
  });

  test('a page that leads to another server is not followed: the keys would go there', async () => {
    await expect(
      round('/foreign', { pages: { cursor: 'next' }, records: 'items' }),
    ).rejects.toMatchObject({
      code: 'ingest.place-refused',
      message: expect.stringContaining('leads to http://elsewhere.example'),
    });
  });

  test('what is no JSON, and a cursor that is none, are told', async () => {
    await expect(round('/text', {}, undefined, { clock: fastClock() })).rejects.toThrow('no JSON');
    await expect(round('/link', { cursor: { ...cursor, field: 'id' } })).rejects.toThrow(
      'neither a number nor a time',
    );
  });

  test('records that were promised to be sorted and are not end the round', async () => {
    await expect(
      round('/link', { pages: 'link', cursor: { ...cursor, field: '-updated_at', sorted: true } }),
    ).rejects.toThrow('not sorted');
  });
});

describe('keys', () => {
  test('go as they are declared', async () => {
    await round('/link', { auth: { basic: { username: 'me', password: 'pw' } } });
    await round('/link', { auth: { bearer: 'token' } });
    await round('/link', { auth: { apiKey: { header: 'x-key', value: 'k1' } } });
    await round('/link', { auth: { apiKey: { parameter: 'key', value: 'k2' } } });
    expect(api.seen).toMatchObject([
      { authorization: `Basic ${Buffer.from('me:pw').toString('base64')}` },
      { authorization: 'Bearer token' },
      { key: 'k1' },
      { url: '/link?key=k2' },
    ]);
  });

  test('of OAuth2 are fetched once, and again when one is refused', async () => {
    const oauth2 = { tokenUrl: `${api.url}/token`, clientId: 'me', clientSecret: 'pw' };
    const more = { pages: 'link', auth: { oauth2 } };
    const begun = await round('/link', more);
    expect(begun.ids).toEqual(all);
    expect(api.tokens).toEqual(['token-1']);
    api.failures.push(401);
    expect((await round('/link', more)).ids).toEqual(all);
    expect(api.tokens).toEqual(['token-1', 'token-2', 'token-3']);
  });
});

test('no more requests a second are made than the source allows', async () => {
  const clock = createManualClock(1_000_000);
  const reading = round('/link', { pages: 'link', rate: 2 }, undefined, { clock });
  await expect.poll(() => api.seen.length).toBe(1);
  await expect.poll(clock.sleeping).toBe(1);
  await clock.advance(499);
  expect(api.seen.length).toBe(1);
  await clock.advance(1);
  await expect.poll(() => api.seen.length).toBe(2);
  await expect.poll(clock.sleeping).toBe(1);
  await clock.advance(500);
  expect((await reading).ids).toEqual(all);
});

test('the next page is found among links of all forms', () => {
  const next = (header: string | null) => nextLink(header, 'https://api/v1/items');
  expect(next('<https://api/2>; rel="next"')).toBe('https://api/2');
  expect(next('</1>; rel="prev", </3>; title="a, b"; rel=next')).toBe('https://api/3');
  expect(next('<?page=2>; rel="last next"')).toBe('https://api/v1/items?page=2');
  expect(next('</1>; rel="nextish"')).toBeUndefined();
  expect(next(null)).toBeUndefined();
});

/** Time passes without waiting. */
const fastClock = () => ({ nowMs: () => Date.now(), sleep: async () => undefined });

test('pages that lead in a circle end the round, and are not read for ever', async () => {
  const circle = round('/circle', { pages: { cursor: 'next' }, records: 'items' });
  await expect(circle).rejects.toMatchObject({
    code: 'ingest.place-refused',
    message: expect.stringContaining('read before'),
  });
  expect(api.seen.map(({ url }) => url)).toEqual([
    ...['/circle', '/circle?after=b', '/circle?after=c'],
  ]);
});
