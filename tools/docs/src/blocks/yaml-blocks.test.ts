/** Each block of YAML on a page is one that the platform takes: contracts, sources, rules, values, limits, tokens, channels, cases. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { readPage } from '../pages/page.ts';
import { repositoryPages } from '../pages/repository-pages.ts';
import { root } from '../reference-pages.ts';
import { loadServices } from '../service-declarations.ts';
import { readers, type YamlJudges, yamlProblems } from './yaml-kinds.ts';

/** What reads such files is loaded here, once: on a busy machine that takes longer than any test. */
let judges: YamlJudges;
beforeAll(async () => {
  const services = await loadServices(root);
  const metrics = services.flatMap((service) => service.metrics.map(({ name }) => name));
  judges = { root, metrics: new Set(metrics) };
  await Promise.all(readers.map((path) => import(pathToFileURL(join(root, path)).href)));
}, 300_000);

test('every block of YAML is taken by what reads such a file', async () => {
  const blocks = repositoryPages(root).flatMap((page) =>
    page.blocks.filter(({ language }) => language === 'yaml').map((block) => ({ page, block })),
  );
  const found = await Promise.all(
    blocks.map(async ({ page, block }) =>
      (await yamlProblems(page, block, judges)).map(
        (problem) => `${page.path}:${block.line}: ${problem}`,
      ),
    ),
  );
  expect(found.flat()).toEqual([]);
  expect(blocks.length).toBeGreaterThan(20);
});

test.each([
  ['a: [', 'Flow sequence in block collection must be sufficiently indented'],
  ['a: 1', 'nothing here says what it is'],
  ['to: flights.departed\nfrom: { fils: x.csv }', 'a source of the project'],
  [
    'groups: [{ rules: [{ alert: A, expr: millrace_none > 1 }] }]',
    'A: no service has millrace_none',
  ],
  ['kafka: { brokers: [k:9092] }\nclickhouse: { urll: x }', 'values of the chart'],
  ['limits: { threds: 4 }\nusers: []', 'limits and users'],
  ['tokens: [{ id: a }]', 'tokens of operators'],
  ['channels: { a: { kind: pigeon } }', 'channels of alerts'],
  ['- { name: a, given: [], expct: {} }', "'expct' is not one of"],
  ['warehouse: { role: dimensoin }', 'a contract or a part of one'],
  [
    'rollups: [{ name: a, by: { o: orign }, measures: { n: count() } }]',
    'a contract or a part of one',
  ],
  ['status: deprecated\nslaProperties: [{ property: 1 }]', 'a contract or a part of one'],
])('what is wrong is found: %s', async (text, message) => {
  const page = readPage('docs/x.md', `# X\n\n\`\`\`yaml\n${text}\n\`\`\`\n`);
  const problems = await yamlProblems(page, page.blocks[0]!, judges);
  expect(problems.join('\n')).toContain(message);
});
