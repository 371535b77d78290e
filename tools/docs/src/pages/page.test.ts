import { expect, test } from 'vitest';
import { readPage } from './page.ts';

const page = readPage(
  'docs/x.md',
  `# The \`page\` of **x**

<!-- page: run -->

## What it is, and isn't

Read [on](other.md#part), by \`millrace status\`. ![picture](images/x.png)

1. First:

   <!-- not run: illustration -->

   \`\`\`sh
   echo "in a list"
   \`\`\`

<!-- run -->
Words in between.

\`\`\`yaml
a: 1
\`\`\`

## What it is, and isn't
`,
);

test('title, headings and their anchors, as GitHub makes them', () => {
  expect(page.title).toBe('The page of x');
  expect(page.headings.map(({ level, anchor }) => [level, anchor])).toEqual([
    [1, 'the-page-of-x'],
    [2, 'what-it-is-and-isnt'],
    [2, 'what-it-is-and-isnt-1'],
  ]);
});

test('links, pictures and code within lines, with their lines', () => {
  expect(page.links).toEqual([
    { target: 'other.md#part', line: 7 },
    { target: 'images/x.png', line: 7 },
  ]);
  expect(page.inlineCode).toContainEqual({ text: 'millrace status', line: 7 });
});

test('blocks without their indentation; a mark is the comment right above one', () => {
  expect(page.blocks).toEqual([
    { language: 'sh', code: 'echo "in a list"\n', line: 14, mark: 'not run: illustration' },
    { language: 'yaml', code: 'a: 1\n', line: 21 },
  ]);
});
