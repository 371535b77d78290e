/** Runs programs of a container engine to their end. What they print is the answer; an exit code other than 0 is an error with it. */
import { spawn } from 'node:child_process';
import { podmanEnv } from './container-limits.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Never rejects for what the program says, only when it cannot be started. */
export const attempt = (
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const env = options.env ?? (command === 'podman' ? podmanEnv() : process.env);
    const child = spawn(command, args, { ...options, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });

/** Its standard output, trimmed. Rejects with the end of what it printed when it fails. */
export const run = async (...[command, args, options]: Parameters<typeof attempt>) => {
  const { code, stdout, stderr } = await attempt(command, args, options);
  if (code === 0) return stdout.trim();
  const said = `${stdout}\n${stderr}`.trim().split('\n').slice(-25).join('\n');
  throw new Error(`${command} ${args.slice(0, 4).join(' ')} … ended with ${code}:\n${said}`);
};
