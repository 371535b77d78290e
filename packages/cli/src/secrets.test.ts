/** What commands say when they are given something that is no address, or cannot use the one they have: never the secret in it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const cli = fileURLToPath(new URL('./main.ts', import.meta.url));
const project = fileURLToPath(new URL('../../../', import.meta.url));
const secret = 'marked-secret';

const run = async (words: readonly string[], env: Readonly<Record<string, string>>) => {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_'));
  const settings = { ...Object.fromEntries(inherited), MILLRACE_PROJECT: project, ...env };
  return promisify(execFile)(process.execPath, [cli, ...words], { env: settings }).then(
    ({ stdout, stderr }) => ({ code: 0, text: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      ...{ code: error.code, text: `${error.stdout}${error.stderr}` },
    }),
  );
};
const nowhere = 'localhost:1';
const noServer = `//me:${secret}@${nowhere}`;

test.each([
  ['warehouse access', { MILLRACE_CLICKHOUSE_URL: `no address: ${secret}` }],
  ['warehouse access --check', { MILLRACE_CLICKHOUSE_URL: `http:${noServer}/db` }],
  ['warehouse access --check', { MILLRACE_CLICKHOUSE_URL: `nonsense:${noServer}/db` }],
  ['access postgres', { MILLRACE_POSTGRES_URL: `postgres:${noServer}/db` }],
  ['access postgres --check', { MILLRACE_POSTGRES_URL: `postgres://me:${secret}@[db` }],
  ['access postgres', { MILLRACE_POSTGRES_URL: `postgres://me:${secret}@[db` }],
  ['cdc slots', { MILLRACE_POSTGRES_URL: `postgres:${noServer}/db` }],
  ['top --once', { MILLRACE_QUALITY_URL: `http:${noServer}`, MILLRACE_QUALITY_TOKEN: secret }],
  ['lag', { MILLRACE_QUALITY_URL: `http://${nowhere}`, MILLRACE_QUALITY_TOKEN: secret }],
] as const)('millrace %s, which fails, does not tell it', async (words, env) => {
  const { code, text } = await run(words.split(' '), env);
  expect(code, text).not.toBe(0);
  expect(text).not.toContain(secret);
  expect(text).not.toBe('');
});
