import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { progressFileVariable, readOutcome } from './vitest-report.ts';

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const reporter = fileURLToPath(new URL('./progress-reporter.ts', import.meta.url));
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-progress-'));
  symlinkSync(modules, join(directory, 'node_modules'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What vitest itself and our reporter make of these test files. */
async function outcomeOf(files: Readonly<Record<string, string>>) {
  for (const [name, body] of Object.entries(files))
    writeFileSync(
      join(directory, name),
      `import { beforeAll, describe, expect, test } from 'vitest';\n${body}`,
    );
  const progress = join(directory, 'progress');
  const arguments_ = ['run', '--root', directory, `--reporter=${reporter}`];
  const child = spawn(join(modules, '.bin/vitest'), arguments_, {
    env: { ...process.env, [progressFileVariable]: progress },
    stdio: 'ignore',
  });
  const [code] = await once(child, 'exit');
  return readOutcome(readFileSync(progress, 'utf8'), code === 0);
}

test('failed tests, hooks, files and errors of nobody are told by name, the rest is counted', async () => {
  const { counts, failures } = await outcomeOf({
    'a.test.ts': `
      test('is right', () => {});
      test.skip('is left out', () => {});
      describe('a group', () => { test('is wrong', () => { expect(1).toBe(2); }); });`,
    'b.test.ts': `
      describe('a suite', () => {
        beforeAll(() => { throw new Error('no server'); });
        test('does not run', () => {});
      });`,
    'c.test.ts': `throw new Error('cannot be loaded');`,
    'd.test.ts': `
      test('leaves a promise behind', async () => {
        void Promise.reject(new Error('nobody looked'));
        await new Promise((resolve) => setImmediate(resolve));
      });`,
  });
  expect(counts).toEqual({ passed: 2, failed: 4, skipped: 2 });
  expect(failures.toSorted((a, b) => (a.test < b.test ? -1 : 1))).toEqual([
    { test: '(no test: an unhandled error)', error: 'nobody looked' },
    { test: 'a.test.ts > a group > is wrong', error: 'expected 1 to be 2 // Object.is equality' },
    { test: 'b.test.ts > a suite', error: 'no server' },
    { test: 'c.test.ts', error: 'cannot be loaded' },
  ]);
});
