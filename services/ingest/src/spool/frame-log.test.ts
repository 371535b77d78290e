import {
  appendFile,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, silentLogger } from '@millrace/pipeline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FrameLog, type FrameLogOptions, openFrameLog } from './frame-log.ts';
import type { OpenFile } from './segments.ts';

let directory: string;
let log: FrameLog;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-spool-'));
});
afterEach(async () => {
  await log?.close();
  await rm(directory, { recursive: true, force: true });
});

const openLog = async (options: Partial<FrameLogOptions> = {}): Promise<string[]> => {
  const restored: string[] = [];
  const visit: FrameLogOptions['visit'] = ({ records }) => {
    for (const { value } of records) restored.push(String(value));
  };
  log = await openFrameLog({ directory, logger: silentLogger, visit, ...options });
  return restored;
};
const append = (...texts: readonly string[]) =>
  Promise.all(
    texts.map((text) => {
      const records = [{ key: null, value: Buffer.from(text) }];
      return log.append({ takenMs: 1000, partition: 0, records }).durable;
    }),
  );
/** Reads and releases everything, a chunk at a time. */
const drain = async (): Promise<string[]> => {
  const texts: string[] = [];
  for (let chunk = await log.next(); chunk !== undefined; chunk = await log.next()) {
    for (const { records } of chunk.frames)
      texts.push(...records.map(({ value }) => String(value)));
    await log.release(chunk);
  }
  return texts;
};
const files = async () => (await readdir(directory)).filter((name) => name.endsWith('.frames'));
const newest = async () => join(directory, (await files()).sort().at(-1)!);

test('frames come back in the order in which they were appended, over many segments', async () => {
  await openLog({ segmentBytes: 200 });
  const texts = Array.from({ length: 50 }, (_, index) => `event ${index}`);
  for (let at = 0; at < 50; at += 5) await append(...texts.slice(at, at + 5));
  expect((await files()).length).toBeGreaterThan(3);
  expect(await drain()).toEqual(texts);
});

test('space is given back as frames are released, and the log is empty then', async () => {
  await openLog({ segmentBytes: 100 });
  await append('a');
  await append('b');
  expect(log.isEmpty()).toBe(false);
  expect(log.oldestMs()).toBe(1000);
  await drain();
  expect(log).toMatchObject({ continued: false });
  expect([log.isEmpty(), log.bytes(), log.oldestMs()]).toEqual([true, 0, undefined]);
  expect(await files()).toHaveLength(1);
});

test('what was not released is there after a restart, and sequence numbers only grow', async () => {
  await openLog();
  const { sequence } = log.append({ takenMs: 0, partition: 0, records: [] });
  await append('a', 'b');
  await log.close();
  expect(await openLog()).toEqual(['a', 'b']);
  expect(log.continued).toBe(true);
  expect(log.append({ takenMs: 0, partition: 0, records: [] }).sequence).toBeGreaterThan(sequence);
  expect(await drain()).toEqual(['a', 'b']);
});

test('sequence numbers grow over a restart also when everything was released', async () => {
  await openLog();
  await append('a');
  const { sequence } = log.append({ takenMs: 0, partition: 0, records: [] });
  await log.flushed();
  await drain();
  await log.close();
  await openLog();
  expect(log.append({ takenMs: 0, partition: 0, records: [] }).sequence).toBeGreaterThan(sequence);
});

test('a torn tail is cut, and what is appended afterwards is read', async () => {
  await openLog();
  await append('a', 'b');
  await log.close();
  const path = await newest();
  await truncate(path, (await readFile(path)).length - 3);
  expect(await openLog()).toEqual(['a']);
  await append('c');
  await log.close();
  expect(await openLog()).toEqual(['a', 'c']);
  expect(await drain()).toEqual(['a', 'c']);
  expect(await readdir(directory)).not.toContain('damaged');
});

test('a damaged frame is set aside with its bytes and told, and those around it go on', async () => {
  await openLog();
  await append('first', 'second', 'third');
  await log.close();
  const path = await newest();
  const bytes = await readFile(path);
  bytes[bytes.indexOf('second')]! ^= 1;
  await writeFile(path, bytes);
  const told: unknown[] = [];
  const logger: Logger = { ...silentLogger, error: (fields) => told.push(fields['code']) };
  expect(await openLog({ logger })).toEqual(['first', 'third']);
  expect(await drain()).toEqual(['first', 'third']);
  expect(told).toEqual(['ingest.spool-damaged']);
  const [kept] = await readdir(join(directory, 'damaged'));
  expect(String(await readFile(join(directory, 'damaged', kept!)))).toContain('recond');
});

test('a segment that ends within a frame, with others behind it, is damaged and not torn', async () => {
  await openLog({ segmentBytes: 10 });
  await append('a');
  await append('b');
  await log.close();
  const [first] = (await files()).sort();
  await truncate(join(directory, first!), 30);
  await openLog();
  expect(await drain()).toEqual(['b']);
  expect(await readdir(join(directory, 'damaged'))).toHaveLength(1);
});

/** A disk on which the n-th write fails half-way. */
const failingDisk =
  (code: string, failsAt: number): OpenFile =>
  async (path, flags) => {
    const handle = await open(path, flags);
    const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<unknown>;
    let writes = 0;
    handle.write = (async (...args: unknown[]) => {
      writes += 1;
      if (writes !== failsAt) return write(...args);
      await appendFile(path, 'half a fra');
      throw Object.assign(new Error(code), { code });
    }) as unknown as typeof handle.write;
    return handle;
  };

test.each([
  ['ENOSPC', 'ingest.spool-full'],
  ['EIO', 'ingest.spool-failed'],
])(
  'a disk that answers %s refuses the frame with %s, and keeps those before and after',
  async (code, refusal) => {
    await openLog({ openFile: failingDisk(code, 2) });
    await append('a');
    await expect(append('b')).rejects.toMatchObject({ code: refusal, retryable: true });
    await append('c');
    await log.close();
    expect(await openLog()).toEqual(['a', 'c']);
    expect(await drain()).toEqual(['a', 'c']);
    expect(await readdir(directory)).not.toContain('damaged');
  },
);
