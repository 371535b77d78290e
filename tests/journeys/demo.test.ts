/**
 * Chapter 3: the whole platform in one command, on real data, with its own audit. It starts a stack of its
 * own, so it also shows that two stacks live side by side.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const repository = fileURLToPath(new URL('../../', import.meta.url));

test('the demo sends real flights and airports through everything, and its audit holds', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['packages/cli/src/main.ts', 'demo', '--json', '--rows', '20000', '--rate', '10000'],
    { cwd: repository },
  );
  const summary = JSON.parse(stdout);
  expect(summary.audit.filter((check: { ok: boolean }) => !check.ok)).toEqual([]);
  expect(summary).toMatchObject({ passed: true, sent: { records: 20_000 } });
});
