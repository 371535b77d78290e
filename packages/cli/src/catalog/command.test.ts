import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { judgeImpact } from '@millrace/catalog';
import type { CatalogPage } from '@millrace/operations';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSite } from './export-catalog.ts';
import { impactText } from './impact-text.ts';
import { pageText } from './page-text.ts';
import { readProposal } from './proposed-files.ts';
import { offlinePages, readCatalogInput } from './read-catalog.ts';

/** The catalog of files, and the command as a person runs it, on a copy of the example in a repository of its own; nobody answers for the service. */
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const root = fileURLToPath(new URL('../../../../', import.meta.url));

let directory: string;

const run = (command: string, args: readonly string[]) =>
  spawnSync(command, args, {
    ...{ encoding: 'utf8', cwd: directory },
    env: { PATH: process.env['PATH'] ?? '', MILLRACE_QUALITY_URL: 'http://127.0.0.1:9' },
  });
const catalog = (...args: readonly string[]) =>
  run(process.execPath, [main, 'catalog', ...args, '--project', directory]);

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-catalog-'));
  cpSync(join(root, 'schemas'), join(directory, 'schemas'), { recursive: true });
  cpSync(join(root, 'transforms'), join(directory, 'transforms'), { recursive: true });
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args]);
  git('init', '-q');
  git('add', '-A');
  expect(git('commit', '-qm', 'before').status).toBe(0);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Changes files of the project for as long as the question takes. */
const whileEdited = async <Answer>(
  names: readonly string[],
  edit: (text: string) => string | undefined,
  ask: (files: readonly string[]) => Promise<Answer>,
): Promise<Answer> => {
  const files = names.map((name) => join(directory, 'schemas/flights', name));
  const before = files.map((file) => readFileSync(file, 'utf8'));
  for (const [index, file] of files.entries()) {
    const text = edit(before[index]!);
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
  }
  try {
    return await ask(files);
  } finally {
    for (const [index, file] of files.entries()) writeFileSync(file, before[index]!);
  }
};

test('without the service it tells of the files, and says that it does', () => {
  const { status, stdout, stderr } = catalog('list', '--json');
  expect(status).toBe(0);
  expect(stderr).toMatch(/^From the files alone: .*does not answer/);
  const pages = JSON.parse(stdout) as CatalogPage[];
  expect(pages.find(({ id }) => id === 'flights.departed')).toMatchObject({
    ...{ role: 'fact', rows: null, observedMs: null },
    consumers: expect.arrayContaining([expect.objectContaining({ name: 'route_delay_sessions' })]),
  });
});

test('an id that there is not is told with the one that is near', () => {
  const { status, stderr } = catalog('show', 'flights.airport', '--offline');
  expect(status).toBe(1);
  expect(stderr).toContain('Did you mean flights.airports?');
});

test('a page for a terminal says where the data comes from', async () => {
  const page = offlinePages(await readCatalogInput(directory)).find(
    ({ id }) => id === 'flights.airports',
  );
  expect(pageText(page!)).toContain('from       postgres:flights.public.airports');
});

test('impact compares with git: a renamed field names the transform and the column, and exits with 1', () =>
  whileEdited(
    ['departed.avsc', 'departed.odcs.yaml'],
    (text) => text.replaceAll('delay_minutes', 'late_minutes'),
    async (files) => {
      const { status, stdout } = catalog('impact', ...files, '--offline');
      expect(status).toBe(1);
      expect(stdout).toContain('BREAKS  late_minutes was added without a default');
      expect(stdout).toContain('columns   delay_minutes');
      expect(stdout).toContain(
        'transform delays_by_airport: transforms/delays-by-airport.ts names delay_minutes',
      );
    },
  ));

test('a contract whose files are gone is a removal, also where no file is named', () =>
  whileEdited(
    ['airports.avsc', 'airports.odcs.yaml'],
    () => undefined,
    async () => {
      const { before, proposed } = await readProposal(directory, [], 'HEAD');
      const report = judgeImpact(before, proposed, await readCatalogInput(directory));
      expect(report.contracts).toMatchObject([
        { contract: 'flights.airports', changes: [{ rule: 'contract-removed' }] },
      ]);
    },
  ));

test('a project as it was committed changes nothing', async () => {
  const { before, proposed } = await readProposal(directory, [], 'HEAD');
  const report = judgeImpact(before, proposed, await readCatalogInput(directory));
  expect(impactText(report)).toBe('Nothing changes.');
});

test('a site is written whole, with its search', async () => {
  const site = join(directory, 'site');
  const input = await readCatalogInput(directory);
  const options = { title: 'Ours', baseUrl: 'urn:ours', publisher: 'us', madeAtMs: 0 };
  const count = await writeSite(site, offlinePages(input), input, options);
  expect(count).toBe(readdirSync(site, { recursive: true }).length - 1);
  expect(readFileSync(join(site, 'minisearch.js'), 'utf8')).toContain('MiniSearch');
  expect(readFileSync(join(site, 'contracts/flights.departed.html'), 'utf8')).toContain('Ours');
});
