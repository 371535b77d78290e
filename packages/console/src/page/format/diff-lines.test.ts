import { expect, test } from 'vitest';
import { diffLines } from './diff-lines.ts';

test('what went and what came stand beside lines that stayed, with the number of the first', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f'].join('\n');
  expect(diffLines(before, before.replace('e', 'E'))).toEqual([
    {
      fromLine: 2,
      lines: [
        { kind: 'same', text: 'b' },
        { kind: 'same', text: 'c' },
        { kind: 'same', text: 'd' },
        { kind: 'gone', text: 'e' },
        { kind: 'new', text: 'E' },
        { kind: 'same', text: 'f' },
      ],
    },
  ]);
});

test('JSON that is broken into other lines is the same; one that changed is told by the value', () => {
  const compact = '{"name":"a","fields":[{"name":"x"}]}';
  const written = JSON.stringify(JSON.parse(compact), null, 4);
  expect(diffLines(compact, written)).toEqual([]);
  const [block] = diffLines(compact, written.replace('"x"', '"y"'));
  expect(block?.lines.filter(({ kind }) => kind !== 'same')).toEqual([
    { kind: 'gone', text: '      "name": "x"' },
    { kind: 'new', text: '      "name": "y"' },
  ]);
});

test('half a JSON is compared as text', () => {
  expect(diffLines('{"a":1}', '{"a":')).toHaveLength(1);
});
