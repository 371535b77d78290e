/** A service as a real process, started by its main.ts as in production, on ports of its own. Ends with the test run. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { missingServiceEnvironment, serviceNodeFlags } from '@millrace/runtime';
import { freePorts, guardProcess } from '@millrace/stack';

export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServiceProcess {
  readonly pid: number;
  /** Root of `/livez`, `/readyz` and `/metrics`. */
  readonly adminUrl: string;
  /** Root of the service's own HTTP port, for a service that has one. */
  readonly url: string;
  /** Resolves when `/readyz` answers 200; rejects with its last lines when it ends or that time (120 s) passes first. */
  ready(timeoutMs?: number): Promise<void>;
  /** The value of a metric without labels, or of the line that begins with `name{labels}`; undefined when absent. */
  metric(name: string): Promise<number | undefined>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<ServiceExit>;
  /** SIGTERM, then its exit. */
  stop(): Promise<ServiceExit>;
  /** What it wrote so far, standard output and error, the last 10,000 lines. */
  readonly lines: readonly string[];
}

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const linesMax = 10_000;
const readyTimeoutMs = 120_000;
const answerTimeoutMs = 15_000;

/** The test run's own environment without the platform's settings: a service gets those that its test names. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_'));
  return Object.fromEntries(entries);
}

/** The message and the cause of the last error that a service logged, or its last line. */
function lastError(lines: readonly string[]): string {
  const last = lines.findLast((line) => line.includes('"level":"error"')) ?? lines.at(-1) ?? '';
  return last.slice(0, 500);
}

/**
 * Starts `services/<name>/src/main.ts` in the repository's root.
 * @param env its settings; `MILLRACE_<NAME>_PORT` and `MILLRACE_<NAME>_ADMIN_PORT` are chosen when absent
 * @param root where its sources are, with a slash at the end: a checkout of another version; this repository when left out
 */
export async function startService(
  name: string,
  env: Readonly<Record<string, string>>,
  root: string = repository,
): Promise<ServiceProcess> {
  const main = `${root}services/${name}/src/main.ts`;
  if (!existsSync(main)) throw new Error(`There is no service "${name}": ${main} is missing.`);
  const prefix = `MILLRACE_${name.toUpperCase().replaceAll('-', '_')}`;
  const [port, adminPort] = await freePorts(2);
  const settings: Record<string, string> = {
    [`${prefix}_PORT`]: String(port),
    [`${prefix}_ADMIN_PORT`]: String(adminPort),
    ...env,
  };
  const child = spawn(process.execPath, [...serviceNodeFlags(name), main], {
    cwd: root,
    env: { ...missingServiceEnvironment(process.env), ...bareEnvironment(), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<ServiceExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      if (lines.length > linesMax) lines.shift();
    });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const guard = guardProcess(pid, 'SIGTERM');
  let exit: ServiceExit | undefined;
  void exited.then((how) => {
    exit = how;
    guard.release();
  });

  const adminUrl = `http://127.0.0.1:${settings[`${prefix}_ADMIN_PORT`]}`;
  const get = (path: string) =>
    fetch(`${adminUrl}${path}`, { signal: AbortSignal.timeout(answerTimeoutMs) }).catch(
      () => undefined,
    );
  // What it died of comes first: of an error's text the first line is what a summary shows.
  const said = () => ` ${lastError(lines)}\n${lines.slice(-30).join('\n')}`;

  return {
    pid,
    adminUrl,
    url: `http://127.0.0.1:${settings[`${prefix}_PORT`]}`,
    ready: async (timeoutMs = readyTimeoutMs) => {
      const deadline = Date.now() + timeoutMs;
      for (;;) {
        const answer = await get('/readyz');
        if (answer?.ok) return;
        const reason = (await answer?.text().catch(() => undefined)) ?? 'no answer';
        if (exit !== undefined)
          throw new Error(
            `${name} ended (${exit.signal ?? exit.code}) before it was ready:${said()}`,
          );
        if (Date.now() > deadline)
          throw new Error(`${name} was not ready within ${timeoutMs} ms (${reason}):${said()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    metric: async (metric) => {
      const text = (await (await get('/metrics'))?.text()) ?? '';
      const line = text.split('\n').find((candidate) => candidate.startsWith(`${metric} `));
      return line === undefined ? undefined : Number(line.slice(metric.length + 1));
    },
    kill: (signal) => {
      child.kill(signal);
    },
    exited,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
    lines,
  };
}
