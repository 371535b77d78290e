/** Holds `helm …` and `kubectl …` against the options that these programs have, and the chart against its files. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '@millrace/chart';

const helps = new Map<string, string>();

/** What the program says of itself, asked once; empty where it knows no such command. */
const helpOf = (path: string, words: readonly string[]): string => {
  const key = [path, ...words].join(' ');
  const said = helps.get(key) ?? spawnSync(path, words, { encoding: 'utf8' }).stdout;
  helps.set(key, said);
  return said;
};

/** What is wrong; undefined when nothing is seen, or the program is not to be had here. @param root the repository's root */
export function helmMisuse(
  program: 'helm' | 'kubectl',
  words: readonly string[],
  root: string,
): string | undefined {
  const path = findProgram(program);
  if (path === undefined) return undefined;
  const given = words
    .filter((word) => word.startsWith('-'))
    .map((word) => word.split('=')[0] ?? '');
  const commands = words.filter(
    (word, at) => /^[a-z][a-z-]*$/.test(word) && !/^(-n|--namespace)$/.test(words[at - 1] ?? ''),
  );
  const [command = ''] = commands;
  const help =
    program === 'helm'
      ? helpOf(path, [command, '--help'])
      : helpOf(path, ['options']) + helpOf(path, [...nested(commands), '--help']);
  if (!help.includes('Usage:')) return `${program} ${command} is no command`;
  const unknown = given.find((flag) => !new RegExp(`(^|[\\s,])${flag}[\\s,=]`, 'm').test(help));
  if (unknown !== undefined) return `${program} ${command} has no option ${unknown}`;
  const chart = words.find((word) => /^charts\/|\.tgz$/.test(word)) ?? 'charts/millrace';
  const name = /^name: (.+)$/m.exec(readFileSync(join(root, 'charts/millrace/Chart.yaml'), 'utf8'));
  return existsSync(join(root, chart)) || chart.startsWith(`dist/release/${name?.[1]}-`)
    ? undefined
    : `${chart} does not exist`;
}

/** `create secret generic` is a command of its own, with its options. */
const nested = (words: readonly string[]): readonly string[] =>
  words[0] === 'create' ? words.slice(0, words[1] === 'secret' ? 3 : 2) : words.slice(0, 1);
