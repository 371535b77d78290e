import { expect, test } from 'vitest';
import { readPage } from '../pages/page.ts';
import { countFates, fatesText } from './count-fates.ts';

const page = readPage(
  'docs/x.md',
  '# X\n\n<!-- page: run -->\n\n```sh\na\n```\n\n<!-- not run: illustration -->\n```sh\nb\n```\n\n```yaml\na: 1\n```\n',
);

test('blocks of shell are counted by what becomes of them', () => {
  const other = readPage('docs/y.md', '```sh\nc\n```\n\n<!-- run -->\n```bash\nd\n```\n');
  expect(countFates([page, other])).toEqual([
    { fate: 'run', blocks: 2 },
    { fate: 'not marked', blocks: 1 },
    { fate: 'not run: illustration', blocks: 1 },
  ]);
  expect(fatesText(countFates([page]))).toBe(
    '   1  not run: illustration\n   1  run\n1 of 2 blocks of commands are run by a test\n',
  );
});
