import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClient } from '../client.ts';
import type { ClientOptions } from '../options.ts';
import { type ScriptedDoor, startScriptedDoor } from '../testing/scripted-door.ts';
import { fileStore } from './file-store.ts';

let directory: string;
let door: ScriptedDoor;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-client-'));
  door = await startScriptedDoor();
});
afterEach(async () => {
  await door.close();
  await rm(directory, { recursive: true });
});

const clientOf = (options: Partial<ClientOptions> = {}) =>
  createClient({
    url: door.url,
    lingerMs: 0,
    backoffMs: 1,
    store: fileStore({ directory }),
    ...options,
  });
const files = () => readdir(directory);
const sentNumbers = () =>
  door.seen.flatMap(({ events }) => events as { n: number }[]).map(({ n }) => n);
const range = (length: number) => Array.from({ length }, (_, n) => n);

/** What a client that never reached its door leaves. */
const leave = async (count: number, options: Partial<ClientOptions> = {}) => {
  const client = clientOf({ url: 'http://127.0.0.1:1', batchEvents: 2, ...options });
  const queued = await Promise.all(range(count).map((n) => client.enqueue('shop.orders', { n })));
  expect(queued).toEqual(new Array(count).fill({ status: 'queued', durable: true }));
  await client.close({ timeoutMs: 0 });
};

test('what a client left is sent by the next, first and in order, and its files go', async () => {
  await leave(7);
  const client = clientOf();
  const last = client.send('shop.orders', { n: 7 });
  expect(await last).toEqual({ status: 'accepted' });
  expect(sentNumbers()).toEqual(range(8));
  await client.close();
  expect(await files()).toEqual([]);
});

test('a batch is sent under the key that it had in the process before', async () => {
  door.answer('cut');
  const before = clientOf({ backoffMs: 60_000, random: () => 1 });
  void before.send('shop.orders', { n: 1 });
  await expect.poll(() => door.seen.length).toBe(1);
  await before.close({ timeoutMs: 0 });
  const after = clientOf();
  await after.flush();
  await after.close();
  expect(door.seen.length).toBe(2);
  expect(door.seen[1]).toEqual(door.seen[0]);
});

test('what close leaves is told as stored, and is not lost', async () => {
  const client = clientOf({ url: 'http://127.0.0.1:1' });
  const sent = client.send('shop.orders', { n: 1 });
  await client.enqueue('shop.orders', { n: 2 });
  await client.close({ timeoutMs: 0 });
  expect(await sent).toMatchObject({ status: 'unsent', code: 'closed', stored: true });
});

test('a process that is killed while it enqueues loses nothing that it was told is queued', async () => {
  await door.close();
  const script = fileURLToPath(new URL('../testing/enqueue-numbers.ts', import.meta.url));
  const child = spawn(process.execPath, [script, door.url, directory]);
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  await expect.poll(() => printed.length, { interval: 1 }).toBeGreaterThan(5000);
  child.kill('SIGKILL');
  await once(child, 'close');
  const told = printed.split('\n').slice(0, -1).map(Number);
  expect(told.length).toBeGreaterThan(1000);

  door = await startScriptedDoor(Number(new URL(door.url).port));
  const client = clientOf();
  await client.flush();
  await client.close();
  const arrived = sentNumbers();
  // In order, each once, and at least all that was told.
  expect(arrived).toEqual(range(arrived.length));
  expect(told.every((n) => n < arrived.length)).toBe(true);
});

test('a torn end is no damage to what is before it', async () => {
  await leave(4);
  const [file = ''] = await files();
  await appendFile(join(directory, file), 'MRB1 torn');
  const damage: number[] = [];
  const client = clientOf({
    store: fileStore({ directory, onDamage: (bytes) => damage.push(bytes) }),
  });
  await client.flush();
  await client.close();
  expect(sentNumbers()).toEqual(range(4));
  expect(damage).toEqual([9]);
});

test('files of batches that were sent go while others wait, and removed batches do not come back', async () => {
  const store = fileStore({ directory, segmentBytes: 200 });
  const body = JSON.stringify({ text: 'x'.repeat(150) });
  await store.open(() => expect.unreachable());
  const batch = (key: string) => ({
    key,
    stream: 'a.b',
    events: 1,
    bytes: 160,
    createdMs: 0,
    body,
  });
  for (const key of ['one', 'two', 'three']) await store.add(batch(key));
  expect((await files()).length).toBe(3);
  await store.remove('two');
  expect((await files()).length).toBe(4);
  await store.remove('one');
  expect((await files()).length).toBeLessThan(4);
  await store.close();
  const again = fileStore({ directory });
  const found: string[] = [];
  await again.open((heads) => found.push(...heads.map(({ key }) => key)));
  expect(found).toEqual(['three']);
  expect(await again.read('three')).toEqual(batch('three'));
  expect(await again.read('one')).toBeUndefined();
  await again.remove('three');
  await again.close();
  expect(await files()).toEqual([]);
});

test('a directory has one client at a time; the second is told, and goes on from memory', async () => {
  const first = clientOf({ url: 'http://127.0.0.1:1' });
  await first.enqueue('shop.orders', { n: 1 });
  const errors: unknown[] = [];
  const second = clientOf({ onStoreFailed: (error) => errors.push(error) });
  expect(await second.enqueue('shop.orders', { n: 2 })).toEqual({
    status: 'queued',
    durable: false,
  });
  await second.close();
  expect(String(errors[0])).toContain('is in use by another client');
  expect(sentNumbers()).toEqual([2]);
  await first.close({ timeoutMs: 0 });
});

test('a batch that cannot be written is said not to be durable, and is sent all the same', async () => {
  const store = fileStore({ directory, segmentBytes: 1 });
  const errors: unknown[] = [];
  const client = clientOf({ store, onStoreFailed: (error) => errors.push(error) });
  expect(await client.send('shop.orders', { n: 1 })).toEqual({ status: 'accepted' });
  await rm(directory, { recursive: true });
  expect(await client.enqueue('shop.orders', { n: 2 })).toEqual({
    status: 'queued',
    durable: false,
  });
  await client.flush();
  expect(sentNumbers()).toEqual([1, 2]);
  expect(errors.length).toBeGreaterThan(0);
  await client.close();
  await mkdir(directory);
});
