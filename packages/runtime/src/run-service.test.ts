import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

/** A service whose behaviour each test chooses; run as a real process, as its life ends processes. */
const source = (behaviour: string) => `
  import { defineConfig, runService, setting } from ${JSON.stringify(fileURLToPath(new URL('./index.ts', import.meta.url)))};
  const config = defineConfig('probe', {
    word: setting.string({ env: 'MILLRACE_PROBE_WORD', description: 'A word.' }),
  });
  const idle = { ready: () => true, stop: async () => {}, finished: new Promise(() => {}) };
  await runService({ name: 'probe', description: 'does nothing', config, start: async (config, runtime) => {
    ${behaviour}
  } });
`;
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

const start = (behaviour: string, env: Record<string, string> = {}, args: string[] = []) => {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', source(behaviour), '--', 'main.ts', ...args],
    { env: { PATH: process.env['PATH'], MILLRACE_PROBE_WORD: 'x', ...env } },
  );
  running.add(child);
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = once(child, 'exit').then(async ([code]) => {
    const [stdout, stderr] = await output;
    return { code: code as number | null, stdout, stderr };
  });
  const started = new Promise<{ adminUrl: string }>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      for (const line of String(chunk).split('\n'))
        if (line.includes('"started"')) resolve(JSON.parse(line));
    });
  });
  return { child, ended, started };
};
const logged = (stdout: string): { level: string; msg: string }[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('--help prints every setting and exits with 0', async () => {
  const { code, stdout } = await start('return idle;', {}, ['--help']).ended;
  expect(code).toBe(0);
  for (const word of ['MILLRACE_PROBE_WORD', 'MILLRACE_PROBE_ADMIN_PORT', 'MILLRACE_LOG_LEVEL'])
    expect(stdout).toContain(word);
});

test('a missing setting and an unknown argument are misuse: exit 2 and one sentence', async () => {
  const missing = await start('return idle;', { MILLRACE_PROBE_WORD: '' }).ended;
  expect(missing).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^MILLRACE_PROBE_WORD is not set/),
  });
  const argument = await start('return idle;', {}, ['now']).ended;
  expect(argument).toMatchObject({ code: 2, stderr: expect.stringContaining("'now'") });
});

test('a started service answers on its admin port, logs two lines in its life, and stops with 0', async () => {
  const probe = start(
    'return { ...idle, ready: () => "resting", details: { extra: config.word } };',
  );
  const { adminUrl } = await probe.started;
  expect((await fetch(`${adminUrl}/livez`)).status).toBe(200);
  const ready = await fetch(`${adminUrl}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: 'unavailable', reasons: ['resting'] },
  ]);
  expect(await (await fetch(`${adminUrl}/metrics`)).text()).toContain('process_cpu_seconds_total');
  probe.child.kill('SIGTERM');
  const { code, stdout } = await probe.ended;
  expect(code).toBe(0);
  expect(logged(stdout)).toMatchObject([
    { level: 'info', msg: 'started', extra: 'x', service: 'probe' },
    { level: 'info', msg: 'stopped' },
  ]);
});

test.each([
  ['start fails', 'throw new Error("no");', 'could not start'],
  [
    'the service ends by an error',
    'return { ...idle, finished: Promise.reject(new Error("no")) };',
    'crashed',
  ],
  [
    'an exception is not caught',
    'setTimeout(() => { throw new Error("no"); }, 1); return idle;',
    'uncaught exception',
  ],
  [
    'a rejection is not handled',
    'setTimeout(() => Promise.reject(new Error("no")), 1); return idle;',
    'unhandled rejection',
  ],
])('when %s, it is logged and the process exits with 1', async (_when, behaviour, message) => {
  const { code, stdout } = await start(behaviour).ended;
  expect(code).toBe(1);
  expect(logged(stdout).at(-1)).toMatchObject({
    level: 'error',
    msg: message,
    err: { message: 'no' },
  });
});

test('a stop that outlasts its deadline, and a second signal, end the process with 1', async () => {
  const stuck = 'return { ...idle, stop: () => new Promise(() => {}) };';
  const overdue = start(stuck, { MILLRACE_PROBE_STOP_DEADLINE: '100ms' });
  await overdue.started;
  overdue.child.kill('SIGTERM');
  expect((await overdue.ended).code).toBe(1);

  const twice = start(stuck);
  const { adminUrl } = await twice.started;
  twice.child.kill('SIGTERM');
  await expect.poll(async () => (await fetch(`${adminUrl}/readyz`)).text()).toContain('stopping');
  twice.child.kill('SIGINT');
  expect((await twice.ended).code).toBe(1);
});

test('a stop is asked for while the service starts: a start that takes notice ends with 0, one that hangs at the deadline with 1', async () => {
  const inStart = 'runtime.logger.info({}, "started"); ';
  const notices = `${inStart} await new Promise((_, reject) => runtime.signal.addEventListener('abort', reject));`;
  const quick = start(notices);
  await quick.started;
  quick.child.kill('SIGTERM');
  expect((await quick.ended).code).toBe(0);

  const hangs = start(`${inStart} return new Promise(() => {});`, {
    MILLRACE_PROBE_STOP_DEADLINE: '100ms',
  });
  await hangs.started;
  hangs.child.kill('SIGTERM');
  const { code, stdout } = await hangs.ended;
  expect([code, logged(stdout).at(-1)?.msg]).toEqual([1, 'stop took longer than its deadline']);
});

test('a misspelt variable is warned about with the one that was meant', async () => {
  const probe = start('return idle;', { MILLRACE_PROBE_WROD: 'y' });
  await probe.started;
  probe.child.kill('SIGTERM');
  expect(logged((await probe.ended).stdout)[0]).toMatchObject({
    level: 'warn',
    variable: 'MILLRACE_PROBE_WROD',
    msg: expect.stringContaining('did you mean MILLRACE_PROBE_WORD?'),
  });
});
