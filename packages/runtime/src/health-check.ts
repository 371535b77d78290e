/**
 * What HEALTHCHECK of the image runs, without a shell or curl: asks the admin port of the service that this container is, and exits
 * with 0 when it is well. `node health-check.ts [livez|readyz]`. Imports nothing but Node, since it runs every few seconds.
 *
 * It reads from process 1 which service that is, and from the environment, which is the service's own, where its port is. A container
 * that runs a command (`contracts apply`) has no port and is well as long as it runs.
 */
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { pathToFileURL } from 'node:url';

const services = ['ingest', 'cdc', 'stream-transform', 'sink', 'quality'];

/**
 * Where to ask; undefined when the process is no service.
 * @param commandLine of process 1 as /proc has it, words ended by NUL
 * @param probe path on the admin port: livez or readyz
 */
export const healthUrl = (
  commandLine: string,
  env: Readonly<Record<string, string | undefined>>,
  probe: string,
): string | undefined => {
  // a service takes no arguments: with words behind it, as in `sink status`, it is a command
  const last = commandLine
    .split('\0')
    .filter((word) => word !== '')
    .at(-1);
  if (last === undefined || !services.includes(last)) return undefined;
  const variable = `MILLRACE_${last.toUpperCase().replaceAll('-', '_')}_ADMIN_PORT`;
  return `http://127.0.0.1:${env[variable]}/${probe}`;
};

/** The answer's first 4 kB, and whether it is a good one; one that cannot be had is bad. */
export const ask = (url: string): Promise<{ readonly ok: boolean; readonly text: string }> =>
  new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: 4_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text = `${text}${chunk}`.slice(0, 4_096);
      });
      response.on('end', () => resolve({ ok: response.statusCode === 200, text }));
    });
    request.on('timeout', () => request.destroy(new Error(`${url} did not answer`)));
    request.on('error', (error) => resolve({ ok: false, text: error.message }));
  });

const main = async (): Promise<void> => {
  const url = healthUrl(
    await readFile('/proc/1/cmdline', 'utf8'),
    process.env,
    process.argv[2] ?? 'livez',
  );
  if (url === undefined) return;
  const { ok, text } = await ask(url);
  process.stdout.write(`${text}\n`);
  process.exitCode = ok ? 0 : 1;
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
