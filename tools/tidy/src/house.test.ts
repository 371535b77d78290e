import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { exceptions } from './exceptions.ts';
import { judge, renderFinding } from './judge.ts';
import { readRepository } from './read-repository.ts';
import { allRules } from './rules/all-rules.ts';

const tree = readRepository(fileURLToPath(new URL('../../..', import.meta.url)));

describe('the repository keeps the rules of the house', () => {
  test.each(judge(tree, allRules, exceptions))('$rule.name', ({ rule, findings }) => {
    expect(findings.map(renderFinding), rule.why).toEqual([]);
  });

  test('every source file can be parsed', () => {
    const broken = tree.sources.filter(({ syntax }) => syntax.error !== undefined);
    expect(broken.map(({ path, syntax }) => `${path}: ${syntax.error}`)).toEqual([]);
  });

  test('every rule has a test beside it that shows it fail', () => {
    const untested = allRules.filter(
      ({ name }) => !tree.exists(`tools/tidy/src/rules/${name}.test.ts`),
    );
    expect(untested).toEqual([]);
  });

  test('every exception names a rule that exists', () => {
    const names = new Set(allRules.map(({ name }) => name));
    expect(exceptions.filter(({ rule }) => !names.has(rule))).toEqual([]);
  });
});
