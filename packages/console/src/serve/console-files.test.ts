import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stampName } from '../build/places.ts';
import { openConsoleFiles } from './console-files.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-dist-'));
});
afterEach(() => rm(directory, { recursive: true }));

const build = async (): Promise<void> => {
  await mkdir(join(directory, 'assets'), { recursive: true });
  await writeFile(join(directory, 'index.html'), '<!doctype html>');
  await writeFile(join(directory, 'assets/main-abc.js'), 'plain');
  await writeFile(join(directory, 'assets/main-abc.js.br'), 'brotli');
  await writeFile(join(directory, 'assets/main-abc.js.gz'), 'gzip');
  await writeFile(join(directory, stampName), 'x');
};

test('a file with a hash is kept for ever, the page is asked for anew each time', async () => {
  await build();
  const files = openConsoleFiles(directory);
  const script = await files.answer('/assets/main-abc.js');
  expect(script?.headers).toMatchObject({
    'cache-control': 'public, max-age=31536000, immutable',
    'content-type': 'text/javascript; charset=utf-8',
  });
  for (const path of ['/', '/lag', '/lag/millrace.sink', '/index.html']) {
    const page = await files.answer(path);
    expect(page?.headers['cache-control']).toBe('no-cache');
    expect(page?.body.toString()).toBe('<!doctype html>');
  }
});

test.each([
  { accepts: 'gzip, deflate, br', encoding: 'br', body: 'brotli' },
  { accepts: 'gzip, br;q=0', encoding: 'gzip', body: 'gzip' },
  { accepts: '', encoding: undefined, body: 'plain' },
])('a browser that takes "$accepts" gets $body', async ({ accepts, encoding, body }) => {
  await build();
  const answer = await openConsoleFiles(directory).answer('/assets/main-abc.js', accepts);
  expect(answer?.headers['content-encoding']).toBe(encoding);
  expect(answer?.body.toString()).toBe(body);
});

test('nothing outside of what was built is ever read', async () => {
  await build();
  const files = openConsoleFiles(directory);
  for (const path of ['/assets/old.js', '/assets/../../package.json', '/api/v1/lag', '/auth/login'])
    expect(await files.answer(path), path).toBeUndefined();
  const page = await files.answer('/../package.json');
  expect(page?.body.toString()).toBe('<!doctype html>');
  expect((await files.answer(`/${stampName}`))?.body.toString()).toBe('<!doctype html>');
});

test('every answer forbids what is inline or comes from elsewhere', async () => {
  await build();
  const answer = await openConsoleFiles(directory).answer('/');
  const policy = answer?.headers['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  expect(policy).not.toContain('http');
});

test('before it is built each view says how to; after it no restart is needed', async () => {
  const files = openConsoleFiles(directory);
  const missing = await files.answer('/lag');
  expect(missing?.status).toBe(503);
  expect(missing?.body.toString()).toContain('npm run build -w @millrace/console');
  await build();
  expect((await files.answer('/lag'))?.status).toBe(200);
});
