/**
 * A page of the documentation as one script of bash: files that it shows are written where it says (`<!-- file: … -->`), blocks
 * marked to be run follow each other in one shell, so that variables and background services live on. The first command that
 * fails ends it, with the line of its block.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RunnablePage, Step } from '@millrace/docs';

export interface PageRun {
  readonly code: number | null;
  /** Everything that it printed, with `── line N` in front of each block. */
  readonly output: string;
}

/** @param replace texts of the page that stand for something else here: ports, above all */
export function pageScript(
  page: RunnablePage,
  replace: Readonly<Record<string, string>> = {},
): string {
  const steps = page.steps.flatMap(commandsOf);
  const script = ['set -eo pipefail', ...steps].join('\n');
  return Object.entries(replace).reduce((text, [from, to]) => text.replaceAll(from, to), script);
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
