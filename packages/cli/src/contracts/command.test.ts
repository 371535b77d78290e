import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readingFiles, type StreamChange } from './testing/project-fixture.ts';

/** The command as a person runs it: a process, its output and its exit code. */
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-command-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const write = (change?: StreamChange) => {
  for (const { path, text } of readingFiles('plant', change)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
};

const contracts = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [main, 'contracts', ...args, '--project', directory],
    { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } },
  );
  return { status, stdout, stderr };
};

describe('millrace contracts', () => {
  test('check exits 0 and says what it looked at', () => {
    write();
    expect(contracts('check')).toMatchObject({
      status: 0,
      stdout: '1 contract in order; 0 compared with nothing: no commit to compare with.\n',
    });
  });

  test('check exits 1 and prints each problem as file:line', () => {
    write({ orderBy: ['senzor'] });
    const { status, stdout } = contracts('check');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^schemas\/plant\/reading\.odcs\.yaml:\d+: .*Did you mean sensor\?/);
    const json = contracts('check', '--json');
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      problems: [{ rule: 'unknown-column', line: expect.any(Number) }],
    });
  });

  test('types writes a file where it is told to', () => {
    write();
    const out = join(directory, 'made', 'streams.ts');
    expect(contracts('types', '--out', out).status).toBe(0);
    const text = readFileSync(out, 'utf8');
    expect(text).toContain("readonly 'plant.reading': PlantReading;");
    expect(contracts('types', '--for', 'transforms', '--out', out)).toMatchObject({ status: 0 });
    expect(readFileSync(out, 'utf8')).toContain("declare module '@millrace/streams'");
  });

  test('plan without addresses names the missing setting and exits 2', () => {
    write();
    const { status, stderr } = contracts('plan');
    expect(status).toBe(2);
    expect(stderr).toMatch(/MILLRACE_KAFKA_BROKERS is not set/);
  });

  test('plan of broken contracts asks no server and prints their problems', () => {
    write({ orderBy: ['senzor'] });
    const { status, stderr } = contracts('plan');
    expect(status).toBe(1);
    expect(stderr).toMatch(/Did you mean sensor\?/);
  });
});
