import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { commandsRunRule } from './commands-run.ts';

const messages = (page: string, more: Record<string, string> = {}) =>
  commandsRunRule
    .check(createTree({ 'docs/howto/page.md': page, ...more }))
    .map(({ line, message }) => `${line}: ${message}`);

const block = (mark: string) => `${mark}\n\n\`\`\`sh\nls\n\`\`\`\n`;

test('a block that says nothing is found; one that is run, or has a reason that is known, is not', () => {
  expect(messages(block('# Page'))).toEqual([expect.stringMatching(/^3: does not say/)]);
  expect(messages(block('<!-- run -->'))).toEqual([]);
  expect(messages(block('<!-- run; exit 1 of "ls": there is nothing -->'))).toEqual([]);
  expect(messages(block('<!-- run; exit 1 -->'))).toEqual([
    expect.stringMatching(/^3: does not say/),
  ]);
  expect(messages(block('<!-- not run: too long -->'))).toEqual([
    expect.stringMatching(/^3: does not say/),
  ]);
  expect(messages(block('<!-- checked: there is no Docker -->'))).toEqual([]);
  expect(messages(block('<!-- checked: too long -->'))).toEqual([
    expect.stringMatching(/^3: "too long" is no reason/),
  ]);
});

test('what the page says holds for blocks that say nothing themselves', () => {
  const page = `<!-- page: checked: there is no Docker -->\n${block('text')}${block('<!-- nothing -->')}`;
  expect(messages(page)).toEqual([expect.stringMatching(/^9: does not say/)]);
});

test('a test that is said to run a page exists and names it', () => {
  const page = block('<!-- run by tests/x.test.ts -->');
  expect(messages(page)).toEqual([expect.stringContaining('does not exist')]);
  expect(messages(page, { 'tests/x.test.ts': '' })).toEqual([
    expect.stringContaining('does not name'),
  ]);
  expect(messages(page, { 'tests/x.test.ts': "'docs/howto/page.md'" })).toEqual([]);
});

test('other languages, other files and what is inside another block are passed over', () => {
  expect(
    messages('```yaml\na: 1\n```\n\n````\n```sh\n````\n', { 'tests/README.md': block('x') }),
  ).toEqual([]);
});
