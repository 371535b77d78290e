import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { conditionNames } from '@millrace/operations';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from '../reference-pages.ts';
import { loadServices } from '../service-declarations.ts';
import { metricsIn } from './metric-names.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<'summary' | 'description' | 'runbook_url', string>>;
}

const directory = join(root, 'charts/millrace/files');
const read = (file: string) => parse(readFileSync(join(directory, file), 'utf8')) as unknown;
const { groups } = read('prometheus-rules.yaml') as {
  groups: readonly { readonly rules: readonly Rule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;

test('every metric in a rule is one that a service has', async () => {
  const services = await loadServices(root);
  const known = new Set(services.flatMap(({ metrics }) => metrics.map(({ name }) => name)));
  const unknown = rules.flatMap(({ alert, expr }) =>
    metricsIn(expr)
      .filter((name) => !known.has(name))
      .map((name) => `${alert}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

test('each rule says how grave it is, what is wrong, and where its page is', () => {
  for (const { alert, labels, annotations } of rules) {
    expect(['info', 'warning', 'critical']).toContain(labels.severity);
    expect(annotations.summary, alert).not.toBe('');
    expect(annotations.description, alert).not.toBe('');
    expect(annotations.runbook_url).toBe(`docs/runbooks/${alert}.md`);
  }
});

test('each rule and each condition has a runbook, and each runbook is one’s', () => {
  const pages = readdirSync(join(root, 'docs/runbooks'))
    .filter((file) => file !== 'README.md')
    .map((file) => file.replace(/\.md$/, ''));
  const names = [...new Set([...rules.map(({ alert }) => alert), ...conditionNames])];
  expect(names.filter((name) => !pages.includes(name))).toEqual([]);
  expect(pages.filter((page) => !names.includes(page))).toEqual([]);
});

test('each rule is tested to fire, to stay quiet and to end', () => {
  const { tests } = read('prometheus-rules.test.yaml') as { tests: readonly { name: string }[] };
  const names = tests.map(({ name }) => name);
  for (const { alert } of rules) {
    expect(names).toContain(`${alert} fires, and ends`);
    expect(names).toContain(`${alert} stays quiet`);
  }
});

test.skipIf(!hasPromtool)(
  'promtool: the rules are right and their tests pass',
  () => {
    expect(existsSync(join(directory, 'prometheus-rules.test.yaml'))).toBe(true);
    const options = { cwd: directory, encoding: 'utf8' } as const;
    expect(
      execFileSync('promtool', ['check', 'rules', 'prometheus-rules.yaml'], options),
    ).toContain('SUCCESS');
    expect(
      execFileSync('promtool', ['test', 'rules', 'prometheus-rules.test.yaml'], options),
    ).toContain('SUCCESS');
    // Seconds of its own on two cores, more than a minute beside other work.
  },
  300_000,
);
