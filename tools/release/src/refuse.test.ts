import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Asked, refusal } from './refuse.ts';

const repository = mkdtempSync(join(tmpdir(), 'millrace-refuse-'));
const git = (...args: readonly string[]): void => {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  execFileSync('git', [...who, ...args], { cwd: repository, stdio: 'pipe' });
};
const asked = { version: '0.10.1', tested: true, dryRun: false, publish: false };
const refused = (changed: Partial<Asked> = {}): string | undefined =>
  refusal(repository, { ...asked, ...changed });

beforeAll(() => {
  git('init', '--quiet', '--initial-branch', 'main');
  writeFileSync(join(repository, 'package.json'), '{ "version": "0.10.0" }');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'a');
  git('tag', 'v0.10.0');
});
afterAll(() => rmSync(repository, { recursive: true }));

test.each<[Partial<Asked>, RegExp | undefined]>([
  [{}, undefined],
  [{ version: undefined }, /--version/],
  [{ version: '0.10.0' }, /v0\.10\.0 is there already/],
  [{ version: '0.9.0' }, /0\.9\.0 is older than 0\.10\.0/],
  [{ version: '0.10.1-rc.1' }, undefined],
  [{ tested: false }, /--tested/],
  [{ tested: false, dryRun: true }, undefined],
  [{ publish: true, dryRun: true }, /publishes nothing/],
  [{ publish: true }, /the commit of v0\.10\.1, and this is another/],
  [{ publish: true, version: '0.10.0' }, undefined],
])('%j: %s', (changed, message) => {
  const said = refused(changed);
  if (message === undefined) expect(said).toBeUndefined();
  else expect(said).toMatch(message);
});

test('neither a tree with changes nor another branch is released', () => {
  git('switch', '--quiet', '--create', 'other');
  expect(refused()).toBe('a release is made on main');
  writeFileSync(join(repository, 'more'), '');
  expect(refused()).toBe('the tree has changes that are not committed');
});

test('the workflow asks for what the script knows, and of a tag alone', () => {
  const root = new URL('../../../', import.meta.url);
  const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
  const workflow = read('.github/workflows/release.yml');
  const options = [...workflow.matchAll(/npm run release -- (.*)/g)].flatMap(([, line]) =>
    (line ?? '').match(/(?<=--)[a-z-]+/g),
  );
  expect(options).toEqual(['version', 'publish', 'key']);
  for (const option of options)
    expect(read('tools/release/src/main.ts')).toMatch(new RegExp(`^    '?${option}'?:`, 'm'));
  expect(workflow).toMatch(/on:\n {2}push:\n {4}tags: \[["']v\*["']\]\n/);
  expect(workflow).toContain('id-token: write');
});
