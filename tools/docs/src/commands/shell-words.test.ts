import { expect, test } from 'vitest';
import { shellCommands } from './shell-words.ts';

const words = (text: string) => shellCommands(text).map((command) => command.words);

test('quotes, continued lines, comments and operators', () => {
  expect(words('a \'b c\' "d e"f # g\n\nh \\\n  i | j && k; l &')).toEqual([
    ['a', 'b c', 'd ef'],
    ['h', 'i'],
    ['j'],
    ['k'],
    ['l'],
  ]);
});

test('what is set in front of a command, redirections and placeholders', () => {
  expect(shellCommands('A=1 B="x y" c > out 2>&1 <id>\nD=2')).toEqual([
    { assignments: ['A', 'B'], words: ['c', '<id>'], line: 0 },
    { assignments: ['D'], words: [], line: 1 },
  ]);
});

test('here documents are no commands; what is substituted is', () => {
  expect(words("cat > x <<'EOF'\nnot a command\nEOF\nlast")).toEqual([['cat'], ['last']]);
  expect(words('echo "$(millrace status --json)" $(b $(c))')).toEqual([
    ['millrace', 'status', '--json'],
    ['c'],
    ['b', '$(c)'],
    ['echo', '$(millrace status --json)', '$(b $(c))'],
  ]);
});

test('a command carries its line', () => {
  expect(shellCommands("a 'x\ny'\nb").map(({ line }) => line)).toEqual([0, 2]);
});

test.each(["a 'b", 'a $(b', 'cat <<EOF\nx'])('what is not closed is an error: %j', (text) => {
  expect(() => shellCommands(text)).toThrow(/not closed/);
});
