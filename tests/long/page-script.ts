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
 * `npx` is what package.json's scripts have: the commands of node_modules, without npm's own start. A command ends with 0, or with the code
 * that the mark of its block tells (`exits`: code, the word that it prints then, how it begins); each of those has to be met. `until_stopped` runs a command until a second
 * one, which may look at what the first has said in $log, succeeds; then it stops the first, which has to end in order.
 */
const prelude = `set -eo pipefail
exits=() met=$(mktemp -d)
npx() {
  local code=0 wanted=0 word='' each only where begins
  for each in "\${!exits[@]}"; do
    IFS='|' read -r only where begins <<< "\${exits[$each]}"
    [[ "npx $*" = "$begins"* ]] || continue
    : > "$met/$each"
    wanted=$only word=$where
  done
  if [ -n "$word" ]; then
    "$@" | tee "$met/said" || code=\${PIPESTATUS[0]}
    grep -qw -- "$word" "$met/said" || wanted=0
  else "$@" || code=$?; fi
  [ $code != $wanted ] || return 0
  echo "it ended with $code, and the page says with $wanted: npx $*" >&2
  [ $code != 0 ] || code=70
  return $code
}
all_met() {
  local each
  for each in "\${!exits[@]}"; do
    [ -e "$met/$each" ] || { echo "no command of the block begins so: \${exits[$each]##*|}"; return 1; }
  done
  exits=(); rm -f "$met"/*
}
until_stopped() {
  local log=$(mktemp) code=0
  ( npx() { exec "$@"; }; eval "$1" ) > "$log" 2>&1 & local pid=$!
  until ( eval "$2" ) > /dev/null 2>&1; do
    kill -0 $pid 2> /dev/null || { cat "$log"; echo "it ended by itself: $1"; return 1; }
    sleep 0.2
  done
  kill $pid && wait $pid || code=$?
  case $code in 0|143) rm "$log";; *) cat "$log"; echo "it ended with $code: $1"; return 1;; esac
}`;

/** @param replace texts of the page that stand for something else here: ports, above all */
export function pageScript(
  page: RunnablePage,
  replace: Readonly<Record<string, string>> = {},
  world: PageWorld = {},
): string {
  const texts = Object.entries({ ...replace, ...world.replace });
  const before = Object.entries(world.beforeBlock ?? {});
  const steps = page.steps.flatMap((step) => [
    ...before.filter(([text]) => blockOf(step).includes(text)).map(([, code]) => code),
    ...commandsOf(step, world).map((text) =>
      texts.reduce((given, [from, to]) => given.replaceAll(from, () => to), text),
    ),
  ]);
  return [prelude, world.before ?? '', ...steps, world.after ?? ''].join('\n');
}

const blockOf = (step: Step): string => (step.kind === 'file' ? '' : step.code);

function commandsOf(step: Step, { works = {} }: PageWorld): readonly string[] {
  if (step.kind === 'file')
    return [
      `mkdir -p "$(dirname '${step.file}')"`,
      `cat > '${step.file}' <<'END OF FILE'\n${step.text}END OF FILE`,
    ];
  const line = `echo '── line ${step.line}'`;
  if (step.kind === 'run') {
    const exits = (step.exits ?? []).map(({ command, code, where = '' }) =>
      quoted(`${code}|${where}|${command}`),
    );
    return [line, `exits=(${exits.join(' ')})`, step.code, 'all_met'];
  }
  const commands = step.code.split(/(?<!\\)\n/).filter((command) => /^[^#]/.test(command));
  return [
    line,
    ...commands.map((command) => {
      const seen = Object.entries(works).find(([text]) => command.startsWith(text))?.[1];
      if (seen === undefined) throw new Error(`by what is it seen that this works: ${command}`);
      return `until_stopped ${quoted(command)} ${quoted(seen)}`;
    }),
  ];
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A page of which a command never ends fails by this. */
const limitSeconds = 3600;

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
