/** The how-to shows commands that exist, with options that they have. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { verifyCommand } from '../verify/command.ts';
import { replayCommand } from './command.ts';

const page = new URL('../../../../docs/howto/replay-and-repair.md', import.meta.url);

/** Words that the command, or the subcommand that they name, does not know. */
function unknownWords(command: Command, words: readonly string[]): readonly string[] {
  const named = command.commands.find((one) => one.name() === words[0]);
  const rest = named ? words.slice(1) : words;
  const run = named ?? command.commands.find((one) => one.name() === 'run') ?? command;
  return run.parseOptions([...rest]).unknown;
}

test('every command of the how-to is one that the command line takes', async () => {
  const text = await readFile(page, 'utf8');
  const lines = text.match(/npx millrace (verify|replay)[^\n`#]*/g) ?? [];
  expect(lines.length).toBeGreaterThan(10);
  const commands = { verify: verifyCommand(), replay: replayCommand() };
  for (const line of lines) {
    const [, , name, ...words] = line.trim().split(/\s+/);
    expect(unknownWords(commands[name as keyof typeof commands], words), line).toEqual([]);
  }
});

test('an option that is none is found', () => {
  expect(unknownWords(replayCommand(), ['flights.departed', '--mdoe', 'replace'])).not.toEqual([]);
});
