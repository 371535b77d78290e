import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashKeyToken, mintKeyToken } from '@millrace/contracts';
import type { Logger } from '@millrace/pipeline';
import { createManualClock } from '@millrace/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeyRing } from './key-ring.ts';
import { followKeysFile } from './keys-file.ts';

let folder: string;
let path: string;
const stop = new AbortController();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-keys-'));
  path = join(folder, 'keys.yaml');
});
afterEach(async () => {
  stop.abort();
  await rm(folder, { recursive: true });
});

const token = mintKeyToken('abcd');
const fileOf = (name: string, of = token) => `keys:
  - { id: abcd, name: ${name}, scopes: ['*'], secrets: [{ sha256: ${hashKeyToken(of).toString('hex')} }] }
`;

test('a changed file holds at the next look, a bad one changes nothing and is told once', async () => {
  const lines: string[] = [];
  const write = (level: string) => (fields: object, message?: string) =>
    lines.push(`${level} ${JSON.stringify(fields)} ${message}`);
  const logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  const clock = createManualClock();
  const keys = createKeyRing({});
  keys.complete();
  const options = { clock, logger: logger as unknown as Logger, signal: stop.signal };
  await expect(followKeysFile(path, keys, options)).rejects.toMatchObject({
    code: 'config.access-invalid',
  });

  await writeFile(path, fileOf('first'));
  await followKeysFile(path, keys, options);
  const name = () => {
    const found = keys.byToken(token, 0);
    return 'sender' in found ? found.sender.name : found.code;
  };
  expect(name()).toBe('first');
  const next = async (text: string) => {
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
    await expect.poll(() => clock.sleeping()).toBe(1);
    await clock.advance(500);
    await expect.poll(() => clock.sleeping()).toBe(1);
  };
  await next(fileOf('second'));
  expect(name()).toBe('second');
  await next('keys: [{ id: abcd }]');
  await clock.advance(500);
  await expect.poll(() => clock.sleeping()).toBe(1);
  expect(name()).toBe('second');
  expect(lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
  await next('keys: []');
  expect(name()).toBe('ingest.credential-invalid');
  expect(lines.join('\n')).not.toContain(hashKeyToken(token).toString('hex'));
});
