/**
 * A page of the documentation as one script of bash: files that it shows are written where it says (`<!-- file: … -->`), blocks
 * marked to be run follow each other in one shell, so that variables and background services live on. The first command that
 * fails ends it, with the line of its block.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RunnablePage, Step } from '@millrace/docs';
import type { PageWorld } from './page-worlds.ts';

export interface PageRun {
  readonly code: number | null;
  /** Everything that it printed, with `── line N` in front of each block. */
  readonly output: string;
}

/**
 * `npx` is what package.json's scripts have: the commands of node_modules, without npm's own start. Where the page says that exit
 * code 1 is an answer (something on the platform is bad), it is one here.
 */
const prelude = `set -eo pipefail
npx() { "$@" || { local code=$?; case "$code $2" in "1 status"|"1 lag") ;; *) return $code;; esac; }; }`;

/** @param replace texts of the page that stand for something else here: ports, above all */
export function pageScript(
  page: RunnablePage,
  replace: Readonly<Record<string, string>> = {},
  { before = '', beforeLast = '', ...world }: PageWorld = {},
): string {
  const texts = { ...replace, ...world.replace };
  const last = page.steps.findLastIndex(({ kind }) => kind === 'run');
  const steps = page.steps.flatMap((step, index) => [
    ...(index === last ? [beforeLast] : []),
    ...commandsOf(step).map((text) =>
      Object.entries(texts).reduce((given, [from, to]) => given.replaceAll(from, () => to), text),
    ),
  ]);
  return [prelude, before, ...steps].join('\n');
}

const commandsOf = (step: Step): readonly string[] =>
  step.kind === 'run'
    ? [`echo '── line ${step.line}'`, step.code]
    : [
        `mkdir -p "$(dirname '${step.file}')"`,
        `cat > '${step.file}' <<'END OF FILE'\n${step.text}END OF FILE`,
      ];

/** A page of which a command never ends fails by this. */
const limitSeconds = 900;

/** Runs a script in a process group of its own, which ends with it. */
export async function runScript(
  script: string,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<PageRun> {
  const child = spawn('timeout', ['--kill-after=10', String(limitSeconds), 'bash', '-c', script], {
    cwd: directory,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const [code] = (await once(child, 'exit')) as [number | null];
  try {
    process.kill(-(child.pid ?? 0), 'SIGTERM'); // what the page left running in the background
  } catch {
    // nothing was left
  }
  return { code, output };
}
