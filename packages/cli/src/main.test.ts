import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serviceNodeFlags } from '@millrace/runtime';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// Every test starts processes, and a busy machine starts them slowly.
vi.setConfig({ testTimeout: 60_000 });

const bin = fileURLToPath(new URL('../bin/millrace.mjs', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-main-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function millrace(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

test('--help lists every command and exits with 0', () => {
  const { status, stdout } = millrace(['--help']);
  expect(status).toBe(0);
  for (const name of ['demo', 'stack', 'contracts', 'transform', 'ingest', 'cdc', 'sink'])
    expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test('cdc --help tells what a person can ask, then the settings of the service', () => {
  const { status, stdout } = millrace(['cdc', '--help']);
  expect(status).toBe(0);
  for (const name of ['status', 'slots', 'snapshot', 'pause', 'resume', 'stop-snapshot', 'grants'])
    expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
  expect(stdout.indexOf('Commands:')).toBeLessThan(stdout.indexOf('MILLRACE_CDC_TABLES'));
});

test.each([
  { args: [] },
  { args: ['cdc', 'statsu'] },
  { args: ['cdc', 'snapshot'] },
  { args: ['cdc', 'grants', 'somebody', 'a_table_without_its_schema'] },
  { args: ['stak'] },
  { args: ['stack', 'upp'] },
  { args: ['stack', 'up', '--port-kafka', '0'] },
  { args: ['stack', 'up', '--backend', 'cloud'] },
  { args: ['stack', 'logs', 'zookeeper'] },
])('misuse exits with 2: millrace $args', ({ args }) => {
  const { status, stderr } = millrace(args);
  expect(status).toBe(2);
  expect(stderr).not.toBe('');
});

test('nothing running: status exits with 1 and says so, down with 0', () => {
  const status = millrace(['stack', 'status', '--json']);
  expect(status.status).toBe(1);
  expect(JSON.parse(status.stdout)).toMatchObject({ running: false });
  expect(millrace(['stack', 'down'])).toMatchObject({ status: 0 });
});

test('a bad environment is one sentence on stderr and exit code 1', () => {
  const { status, stdout, stderr } = millrace(['stack', 'up', '--json'], {
    JAVA_HOME: folder,
  });
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^millrace: JAVA_HOME is set, but .*install Java 17.*\n$/);
});

test('an external stack without addresses is a misuse that names the variable', () => {
  const { status, stderr } = millrace(['stack', 'up', '--backend', 'external'], {
    MILLRACE_KAFKA_BROKERS: '',
  });
  expect(status).toBe(2);
  expect(stderr).toMatch(/MILLRACE_KAFKA_BROKERS is not set/);
});

test('a service started by the command runs with the flags that bound its memory, or the user’s own', () => {
  const tell = "--import=data:text/javascript,console.error('flags',process.execArgv.join())";
  const flagsOf = (service: string, options: string): string | undefined => {
    const { stderr } = millrace([service, '--help'], { NODE_OPTIONS: `${tell} ${options}` });
    return stderr.trim().split('\n').at(-1);
  };
  expect(flagsOf('sink', '')).toBe(`flags ${serviceNodeFlags('sink').join()}`);
  expect(flagsOf('quality', '')).toBe(`flags ${serviceNodeFlags('quality').join()}`);
  expect(flagsOf('sink', '--max-semi-space-size=32')).toBe('flags --heap-growing-percent=100');
});

const inShell = (line: string) => spawn('sh', ['-c', line], { env: { ...process.env, bin } });

test('a reader that leaves after the first line makes no noise and no failure', async () => {
  const shell = inShell(
    `{ "${process.execPath}" "$bin" ingest --help; echo "code $?" >&2; } | head -1`,
  );
  const said = { out: '', err: '' };
  shell.stdout.on('data', (chunk) => (said.out += String(chunk)));
  shell.stderr.on('data', (chunk) => (said.err += String(chunk)));
  await once(shell, 'close');
  expect(said).toEqual({ out: expect.stringMatching(/^Usage: .*\n$/), err: 'code 0\n' });
});

test('stack logs --follow ends when its reader has left', async () => {
  mkdirSync(join(folder, 'log'));
  const write = () => appendFileSync(join(folder, 'log', 'kafka.log'), 'a line\n');
  write();
  const shell = inShell(
    `"${process.execPath}" "$bin" stack logs kafka --follow --data-dir "${folder}" | head -1`,
  );
  let isOver = false;
  const over = once(shell, 'close').then(() => {
    isOver = true;
  });
  // It learns that nobody reads when it has something to say.
  const isOverAfterALine = () => {
    write();
    return isOver;
  };
  await expect.poll(isOverAfterALine, { timeout: 60_000 }).toBe(true);
  await over;
});
