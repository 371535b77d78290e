/** Holds what a page tells its reader to type against what is there: commands, options, variables, scripts, files. Runs nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Block, Page } from '../pages/page.ts';
import { dockerMisuse } from './check-docker.ts';
import { helmMisuse } from './check-helm.ts';
import { partMisuse, vitestMisuse } from './check-vitest.ts';
import { isShell } from './classify.ts';
import { variablesIn } from './known-variables.ts';
import type { createCommandLine } from './millrace-command.ts';
import { type SimpleCommand, shellCommands } from './shell-words.ts';

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export interface Known {
  readonly root: string;
  readonly variables: ReadonlySet<string>;
  readonly commandLine: ReturnType<typeof createCommandLine>;
}

/** Programs other than ours that pages may name. A misspelt one is not among them. */
const programs = new Set([
  ...[
    '[',
    'cat',
    'cd',
    'cp',
    'curl',
    'do',
    'docker',
    'done',
    'echo',
    'export',
    'for',
    'git',
    'grep',
    'helm',
    'jq',
    'kcat',
  ],
  ...[
    'kill',
    'kubectl',
    'mkdir',
    'mv',
    'node',
    'npm',
    'npx',
    'pg_ctl',
    'psql',
    'python3',
    'rm',
    'sed',
    'set',
    'sha256sum',
  ],
  ...[
    'sleep',
    'source',
    'tail',
    'tar',
    'test',
    'trap',
    'until',
    'wait',
    'while',
    'head',
    'openssl',
    'clickhouse-client',
  ],
  ...[
    'pg_dump',
    'pg_restore',
    'kafka-topics.sh',
    'kafka-acls.sh',
    'kafka-configs.sh',
    'cosign',
    'true',
    'find',
    'xargs',
    'sort',
    'promtool',
    'podman',
    'buildah',
    'skopeo',
    'createdb',
    'pg_basebackup',
    'pg_dumpall',
    'gpg',
    'ls',
    'diff',
    'if',
    'then',
    'fi',
    'else',
    'ssh',
    'sudo',
    'gzip',
    'chmod',
    'chown',
  ],
]);
/** Variables that pages have their readers set for themselves. */
const readersOwn = new Set(['MILLRACE_URL', 'MILLRACE_KEY']);
/** A decision is not edited when names change after it, nor what the changelog says of a command that went. */
const isHistory = ({ path }: Page): boolean => /^(docs\/decisions\/|CHANGELOG\.md)/.test(path);
const words = /(?:npx )?millrace( [\w.:@/-]+| --?[\w-]+)+/;

/** Everything wrong with one page, in the order of its lines. */
export async function checkPage(page: Page, known: Known): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const report = (line: number, message: string) =>
    findings.push({ path: page.path, line, message });
  for (const [index, text] of isHistory(page) ? [] : page.text.split('\n').entries())
    for (const name of variablesIn(text))
      if (!known.variables.has(name) && !readersOwn.has(name))
        report(index + 1, `nothing reads ${name}`);
  for (const block of page.blocks) {
    if (isShell(block)) await checkBlock(block, known, report);
    else if (
      block.language === '' &&
      /^\s*(?:npx millrace|npm (?:run|test)|curl )/m.test(block.code)
    )
      report(block.line, 'these are commands: name the language (sh)');
  }
  for (const { text, line } of isHistory(page) ? [] : page.inlineCode) {
    if (/^docker (?:compose|build|buildx|run) /.test(text) || /^npx vitest run /.test(text))
      await checkBlock({ language: 'sh', code: text, line }, known, report);
    const command = words.exec(text)?.[0];
    if (command === undefined || !/^(?:npx )?millrace /.test(text) || text.includes('|')) continue;
    const said = await known.commandLine.unknown(
      command.replace(/^(npx )?millrace /, '').split(' '),
    );
    if (said !== undefined) report(line, said);
  }
  return findings.sort((a, b) => a.line - b.line);
}

type Report = (line: number, message: string) => void;

async function checkBlock(block: Block, known: Known, report: Report): Promise<void> {
  let commands: readonly SimpleCommand[];
  try {
    commands = shellCommands(block.code);
  } catch (error) {
    return report(block.line, (error as Error).message);
  }
  for (const command of commands) {
    const said = await checkCommand(command, known);
    if (said !== undefined) report(block.line + command.line, said);
  }
}

async function checkCommand(
  { words: said }: SimpleCommand,
  known: Known,
): Promise<string | undefined> {
  const [program = '', ...rest] = said[0] === 'exec' ? said.slice(1) : said;
  if (program === '' || program.startsWith('--')) return undefined; // an array's element is no program
  if (program === 'millrace') return known.commandLine.misuse(rest);
  if (program === 'npx' && rest[0] === 'millrace') return known.commandLine.misuse(rest.slice(1));
  if (program === 'npx' && rest[0] === 'vitest') return vitestMisuse(rest.slice(2), known.root);
  if (program === 'npm') return unknownScript(rest, known.root);
  if (program === 'docker') return dockerMisuse(rest, known.root, known.commandLine.misuse);
  if (program === 'helm' || program === 'kubectl') return helmMisuse(program, rest, known.root);
  if (program === 'node' && rest[0]?.endsWith('.ts') && !existsSync(join(known.root, rest[0])))
    return `${rest[0]} does not exist`;
  return programs.has(program)
    ? undefined
    : `${program} is no program that pages may name (commands/check-page.ts)`;
}

async function unknownScript(rest: readonly string[], root: string): Promise<string | undefined> {
  const name = rest[0] === 'run' ? rest[1] : rest[0] === 'test' ? 'test' : undefined;
  if (name === undefined || rest.includes('--workspace')) return undefined;
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>;
  };
  if (!Object.hasOwn(scripts, name)) return `package.json has no script ${name}`;
  return partMisuse(name, rest, root);
}
