import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cdsArchive } from './cds-archive.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'cds-test-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

const orderly = { code: 143, signal: null } as const;

/** What the JVM does when it stops: writes to the path of its option. */
function writeArchive(options: readonly string[]): string {
  const option = options[0] ?? '';
  expect(option).toMatch(/^-XX:ArchiveClassesAtExit=/);
  const path = option.slice('-XX:ArchiveClassesAtExit='.length);
  writeFileSync(path, 'classes');
  return path;
}

test('the first orderly stop leaves an archive that the next start uses', () => {
  const first = cdsArchive(cache, 'kafka', ['java 17', 'jars']);
  const partial = writeArchive(first.jvmOptions());
  expect(first.isWriting()).toBe(true);
  first.settle(orderly, true);
  expect(existsSync(partial)).toBe(false);
  const second = cdsArchive(cache, 'kafka', ['java 17', 'jars']);
  expect(second.jvmOptions()[0]).toMatch(/^-XX:SharedArchiveFile=.*kafka-\w+\.jsa$/);
  expect(second.isWriting()).toBe(false);
  expect(cdsArchive(cache, 'kafka', ['java 21', 'jars']).jvmOptions()[0]).toMatch(/AtExit/);
});

test('an archive of a JVM that was killed, or was never ready, is thrown away', () => {
  const archive = cdsArchive(cache, 'kafka', ['java 17']);
  writeArchive(archive.jvmOptions());
  archive.settle({ code: null, signal: 'SIGKILL' }, true);
  writeArchive(archive.jvmOptions());
  archive.settle(orderly, false);
  expect(readdirSync(join(cache, 'cds'))).toEqual([]);
});

test('an archive that a JVM crashed with is not used again', () => {
  const archive = cdsArchive(cache, 'kafka', ['java 17']);
  writeArchive(archive.jvmOptions());
  archive.settle(orderly, true);
  archive.settle({ code: null, signal: 'SIGSEGV' }, false);
  expect(readdirSync(join(cache, 'cds'))).toEqual([]);
});

test('what JVMs of dead parents left half written is removed', () => {
  const archive = cdsArchive(cache, 'kafka', ['java 17']);
  writeArchive(archive.jvmOptions());
  writeFileSync(join(cache, 'cds', 'kafka-0.jsa.partial-999999999'), 'half');
  cdsArchive(cache, 'registry', ['java 17']);
  expect(readdirSync(join(cache, 'cds'))).toEqual([
    expect.stringMatching(new RegExp(`partial-${process.pid}$`)),
  ]);
});
