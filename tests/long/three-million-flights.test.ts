/**
 * The volume run with its audit: three million flights over HTTP, each a fact once, while airports change.
 * A minute or two on two cores; its figures are printed by `npm run demo -- --rows 3000000`.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const repository = fileURLToPath(new URL('../../', import.meta.url));

test('three million flights are three million facts, none twice', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['packages/cli/src/main.ts', 'demo', '--json', '--rows', '3000000'],
    { cwd: repository },
  );
  const summary = JSON.parse(stdout);
  expect(summary.audit.filter((check: { ok: boolean }) => !check.ok)).toEqual([]);
  expect(summary).toMatchObject({ passed: true, sent: { records: 3_000_000 } });
}, 900_000);
