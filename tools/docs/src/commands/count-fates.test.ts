import { expect, test } from 'vitest';
import { readPage } from '../pages/page.ts';
import { countFates, fatesText } from './count-fates.ts';

const page = readPage(
  'docs/x.md',
  '# X\n\n<!-- page: run -->\n\n```sh\na\n```\n\n<!-- checked: there is no cluster -->\n```sh\nb\n```\n\n```yaml\na: 1\n```\n',
);

test('blocks of shell are counted by what becomes of them', () => {
  const other = readPage(
    'docs/y.md',
    '```sh\nc\n```\n\n<!-- run; exit 1 of "d": it has to -->\n```bash\nd\n```\n',
  );
  expect(countFates([page, other])).toEqual([
    { fate: 'run', blocks: 2 },
    { fate: 'checked: there is no cluster', blocks: 1 },
    { fate: 'not marked', blocks: 1 },
  ]);
  expect(fatesText(countFates([page]))).toBe(
    '   1  checked: there is no cluster\n   1  run\n1 of 2 blocks of commands are run by a test, 1 are checked\n',
  );
});
