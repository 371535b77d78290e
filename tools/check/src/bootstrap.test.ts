import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const bootstrap = fileURLToPath(new URL('../../bootstrap/run.mjs', import.meta.url));
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-bootstrap-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs a TypeScript program through the bootstrap of this repository, whose dependencies are installed. */
function run(name: string, program: string, ...programArguments: string[]): ChildProcess {
  const file = join(directory, `${name}.ts`);
  writeFileSync(file, program);
  return spawn(process.execPath, [bootstrap, file, ...programArguments], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

const line = async (child: ChildProcess): Promise<string> => {
  const [data] = await once(child.stdout ?? child, 'data');
  return String(data).trim();
};

const listening = `
  const busy = setInterval(() => {}, 1000);
  const stop = (how: string) => { console.log(how); clearInterval(busy); };`;

test('arguments go in, output and exit code come out, and the Node is the pinned one', async () => {
  const program = `const [, , ...words]: string[] = process.argv;
    console.log(process.versions.node.split('.')[0], ...words); process.exitCode = 7;`;
  const child = run('arguments', program, '--json', 'two words');
  const exited = once(child, 'exit');
  expect(await line(child)).toBe('24 --json two words');
  expect(await exited).toEqual([7, null]);
});

test('SIGTERM is passed on, and the program decides how it ends', async () => {
  const child = run(
    'signals',
    `${listening} process.on('SIGTERM', () => { stop('asked'); process.exitCode = 3; process.disconnect(); });
    console.log('ready');`,
  );
  const exited = once(child, 'exit');
  expect(await line(child)).toBe('ready');
  child.kill('SIGTERM');
  expect(await line(child)).toBe('asked');
  expect(await exited).toEqual([3, null]);
});

test('a program learns that the bootstrap was killed', async () => {
  const child = run(
    'killed',
    `${listening} process.on('disconnect', () => stop('alone')); console.log('ready');`,
  );
  expect(await line(child)).toBe('ready');
  child.kill('SIGKILL');
  expect(await line(child)).toBe('alone');
});

test('a missing file to run is said in one sentence', async () => {
  const child = spawn(process.execPath, [bootstrap], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [message] = await once(child.stderr, 'data');
  expect(String(message)).toMatch(/^millrace: usage: [^\n]*\n$/);
});
