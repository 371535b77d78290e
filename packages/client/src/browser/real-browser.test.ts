import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBrowser } from '@millrace/testkit';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { buildPackage } from '../publish/build-package.ts';
import { type ScriptedDoor, startScriptedDoor } from '../testing/scripted-door.ts';

/** The published package in a real Chromium; where there is none, these tests are skipped and say so. */
let files: string;
let port: number;
let browser: Browser | undefined;
let context: BrowserContext;
let door: ScriptedDoor;

beforeAll(async () => {
  browser = await startBrowser();
  if (browser === undefined) return;
  files = await mkdtemp(join(tmpdir(), 'millrace-page-'));
  await buildPackage(files);
  await writeFile(join(files, 'page.html'), page);
});
afterAll(async () => {
  await browser?.close();
  if (files !== undefined) await rm(files, { recursive: true });
});
beforeEach(async (one) => {
  if (browser === undefined) one.skip('no Chromium on this machine');
  door = await startScriptedDoor(0, files);
  port = Number(new URL(door.url).port);
  context = await browser!.newContext();
});
afterEach(async () => {
  await context?.close();
  await door?.close();
});

const page = `<!doctype html>
<title>A page that sends events</title>
<script type="module">
  import * as millrace from './index.js';
  globalThis.millrace = millrace;
</script>`;

interface Sent {
  send(stream: string, event: object): Promise<unknown>;
  enqueue(stream: string, event: object): Promise<unknown>;
  flush(): Promise<void>;
}
type Global = typeof globalThis & { client: Sent; millrace: typeof import('../index.ts') };

/** Opens a page with a client on it; with a store when told so. */
const openPage = async (options: { stored?: boolean; lingerMs?: number } = {}): Promise<Page> => {
  const page = await context.newPage();
  await page.goto(`${door.url}/page.html`);
  await page.evaluate(({ stored = false, lingerMs = 0 }) => {
    const { createClient, indexedDbStore } = (globalThis as Global).millrace;
    const store = stored ? { store: indexedDbStore({ name: 'test' }) } : {};
    const { origin } = (globalThis as unknown as { location: { origin: string } }).location;
    (globalThis as Global).client = createClient({
      url: origin,
      lingerMs,
      backoffMs: 50,
      backoffMaxMs: 200,
      ...store,
    });
  }, options);
  return page;
};
const enqueue = (page: Page, from: number, to: number) =>
  page.evaluate(
    async ([first, end]) => {
      const { client } = globalThis as Global;
      const results: unknown[] = [];
      for (let n = first; n < end; n += 1) results.push(await client.enqueue('shop.orders', { n }));
      return results;
    },
    [from, to] as const,
  );
/** As the door counts: a batch that a tab still had on its way when it was closed comes again under its key, and is known. */
const sentNumbers = () => {
  const known = new Set<unknown>();
  const batches = door.seen.filter(({ key }) => !known.has(key) && known.add(key));
  return batches.flatMap(({ events }) => events as { n: number }[]).map(({ n }) => n);
};
const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index);

test('a page sends events and learns what became of them', async () => {
  const page = await openPage();
  door.answer('cut', {
    status: 207,
    body: {
      accepted: 1,
      results: [
        { index: 0, status: 'accepted' },
        { index: 1, status: 'rejected', code: 'ingest.event-invalid', message: 'no' },
      ],
    },
  });
  const results = await page.evaluate(() => {
    const { client } = globalThis as Global;
    return Promise.all([
      client.send('shop.orders', { n: 1 }),
      client.send('shop.orders', { n: 'x' }),
    ]);
  });
  expect(results).toEqual([
    { status: 'accepted' },
    { status: 'rejected', code: 'ingest.event-invalid', message: 'no' },
  ]);
  expect(door.seen[1]).toEqual(door.seen[0]);
});

test('events of tabs that were closed while the door was away are sent by a tab that comes later, each once', async () => {
  const tabs = [await openPage({ stored: true }), await openPage({ stored: true })];
  await door.close();
  const queued = await Promise.all(
    tabs.map((tab, index) => enqueue(tab, index * 100, index * 100 + 3)),
  );
  expect(queued.flat()).toEqual(new Array(6).fill({ status: 'queued', durable: true }));
  for (const tab of tabs) await tab.close();
  door = await startScriptedDoor(port, files);
  const late = [await openPage({ stored: true }), await openPage({ stored: true })];
  await expect.poll(() => sentNumbers().length).toBe(6);
  await Promise.all(late.map((tab) => tab.evaluate(() => (globalThis as Global).client.flush())));
  const numbers = sentNumbers();
  expect(numbers.filter((n) => n < 100)).toEqual(range(0, 3));
  expect(numbers.filter((n) => n >= 100)).toEqual(range(100, 103));
});

test('a tab does not take the events of one that lives', async () => {
  const first = await openPage({ stored: true });
  await door.close();
  await enqueue(first, 0, 3);
  door = await startScriptedDoor(port, files);
  const release = door.hold();
  const second = await openPage({ stored: true });
  await enqueue(second, 100, 101);
  release();
  await expect.poll(() => sentNumbers().length).toBe(4);
  await Promise.all(
    [first, second].map((tab) => tab.evaluate(() => (globalThis as Global).client.flush())),
  );
  expect(sentNumbers().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 100]);
});

test('what waits when a page is left goes by beacon, under the key by which it would be sent again', async () => {
  const page = await openPage({ stored: true, lingerMs: 60_000 });
  await page.evaluate(() => void (globalThis as Global).client.send('shop.orders', { n: 7 }));
  await page.goto('about:blank');
  await expect.poll(() => door.seen.length).toBe(1);
  expect(door.seen[0]).toMatchObject({ contentType: 'text/plain', events: [{ n: 7 }] });
  await page.close();
  const next = await openPage({ stored: true });
  await next.evaluate(() => (globalThis as Global).client.flush());
  const keys = new Set(door.seen.map(({ key }) => key));
  expect(keys.size).toBe(1);
});
