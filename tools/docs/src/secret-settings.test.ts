/** Secrets in settings: each that can hold one is declared so, and a service that cannot start with what it was given does not tell it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describeConfig, type SettingDescription } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { loadServices } from './service-declarations.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const services = await loadServices(root);

/** Names that sound like a secret and hold none. */
const harmless = new Set([
  'MILLRACE_SINK_TOKEN_TRUST', // how long ClickHouse remembers an insert token
  'MILLRACE_INGEST_KEY_RATE', // of the key of a Kafka record
  'MILLRACE_KAFKA_TOKEN_SCOPE',
  'MILLRACE_CDC_MESSAGE_KEY_COLUMNS',
]);
const soundsSecret = ({ env, type }: SettingDescription): boolean =>
  !harmless.has(env) &&
  ['string', 'list'].includes(type) &&
  /PASSWORD|SECRET|TOKEN|_KEY(_|$)|CREDENTIAL/.test(env) &&
  !/_(FILE|TLS_KEY)$/.test(env);
/** A user and a password may stand in these addresses. */
const databases = /(POSTGRES|CLICKHOUSE|REGISTRY|SQL)_URLS?$/;

test.each(services)('every setting of $name that can hold a secret says so', ({ config }) => {
  const open = describeConfig(config)
    .filter((one) => soundsSecret(one) || databases.test(one.env))
    .filter(({ secret }) => !secret);
  expect(open.map(({ env }) => env)).toEqual([]);
});

/** What makes a service refuse the setting, with a mark that must not be seen again. */
const brokenValue = ({ env, type, secret }: SettingDescription): string | undefined => {
  const mark = `marked-${env}`;
  if (type === 'url') return secret ? `nonsense://me:${mark}@host` : `https://me:${mark}@host`;
  return secret ? mark : undefined;
};

test.each(services)(
  '$name tells no secret of settings that it refuses',
  async ({ name, config }) => {
    const settings = describeConfig(config);
    const broken = settings.flatMap((one) => {
      const value = brokenValue(one);
      return value === undefined ? [] : [[one.env, value] as const];
    });
    const main = `${root}services/${name}/src/main.ts`;
    const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith('MILLRACE_'));
    const env = { ...Object.fromEntries(inherited), ...Object.fromEntries(broken) };
    const failure = await promisify(execFile)(process.execPath, [main], { env }).then(
      () => undefined,
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    expect(failure).toMatchObject({ code: 2, stderr: expect.stringContaining('REGISTRY_URL') });
    expect(`${failure?.stdout}${failure?.stderr}`).not.toContain('marked-');
  },
);
