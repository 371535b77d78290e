import { expect, expectTypeOf, test } from 'vitest';
import { type ConfigOf, defineConfig } from './declaration.ts';
import { describeConfig, renderHelp } from './describe-config.ts';
import { readConfig, unknownVariables } from './read-config.ts';
import { setting } from './setting.ts';

const declaration = defineConfig('stream-transform', {
  brokers: setting.list({ env: 'MILLRACE_KAFKA_BROKERS', description: 'Brokers.' }),
  flushMs: setting.duration({
    env: 'MILLRACE_STREAM_TRANSFORM_FLUSH',
    default: 500,
    min: 10,
    max: 60_000,
    description: 'Between flushes.',
  }),
  bufferBytes: setting.bytes({
    env: 'MILLRACE_STREAM_TRANSFORM_BUFFER',
    default: 10 * 1024 * 1024,
    description: 'Buffer.',
  }),
  mode: setting.enumeration({
    env: 'MILLRACE_STREAM_TRANSFORM_MODE',
    values: ['fast', 'safe'],
    default: 'safe',
    description: 'Mode.',
  }),
  url: setting.url({
    env: 'MILLRACE_POSTGRES_URL',
    schemes: ['postgres'],
    optional: true,
    description: 'Database.',
  }),
  token: setting.string({
    env: 'MILLRACE_STREAM_TRANSFORM_TOKEN',
    secret: true,
    default: 'hush',
    description: 'Token.',
  }),
});
const required = { MILLRACE_KAFKA_BROKERS: 'a:1' };
const problemOf = (env: Record<string, string>): string => {
  try {
    readConfig(declaration, { ...required, ...env });
    return 'no problem';
  } catch (error) {
    expect(error).toMatchObject({ code: 'config.invalid' });
    return (error as Error).message;
  }
};

test('what is not set has its default, and every value has its type', () => {
  const config = readConfig(declaration, { ...required, MILLRACE_STREAM_TRANSFORM_FLUSH: ' ' });
  expect(config).toMatchObject({
    brokers: ['a:1'],
    flushMs: 500,
    bufferBytes: 10_485_760,
    mode: 'safe',
    url: undefined,
    adminPort: 0,
    logLevel: 'info',
    stopDeadlineMs: 30_000,
  });
  type Config = ConfigOf<typeof declaration>;
  expectTypeOf<Config['flushMs']>().toEqualTypeOf<number>();
  expectTypeOf<Config['mode']>().toEqualTypeOf<'fast' | 'safe'>();
  expectTypeOf<Config['url']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Config['brokers']>().toEqualTypeOf<readonly string[]>();
});

test('durations and sizes are read with their units', () => {
  const read = (flush: string, buffer: string) =>
    readConfig(declaration, {
      ...required,
      MILLRACE_STREAM_TRANSFORM_FLUSH: flush,
      MILLRACE_STREAM_TRANSFORM_BUFFER: buffer,
    });
  expect(read('250ms', '4096')).toMatchObject({ flushMs: 250, bufferBytes: 4096 });
  expect(read('30s', '64 KiB')).toMatchObject({ flushMs: 30_000, bufferBytes: 65_536 });
  expect(read('1m', '1GiB')).toMatchObject({ flushMs: 60_000, bufferBytes: 1024 ** 3 });
});

test.each([
  [{ MILLRACE_KAFKA_BROKERS: '' }, 'MILLRACE_KAFKA_BROKERS is not set. Brokers. Set it, e.g.'],
  [{ MILLRACE_STREAM_TRANSFORM_FLUSH: '30' }, "='30' is not a duration: a number and ms, s, m, h"],
  [{ MILLRACE_STREAM_TRANSFORM_FLUSH: '5ms' }, 'is below the least, 10ms'],
  [{ MILLRACE_STREAM_TRANSFORM_FLUSH: '2h' }, 'is above the most, 1m'],
  [{ MILLRACE_STREAM_TRANSFORM_BUFFER: '10MB' }, 'is not a size: a number and B, KiB, MiB or GiB'],
  [{ MILLRACE_STREAM_TRANSFORM_MODE: 'slow' }, 'is not one of fast, safe'],
  [{ MILLRACE_POSTGRES_URL: 'nowhere' }, 'is not an absolute URL'],
  [{ MILLRACE_POSTGRES_URL: 'http://x' }, 'does not begin with postgres://'],
  [{ MILLRACE_POSTGRES_URL: 'postgres://me:hunter2@x' }, 'holds a user or a password'],
  [{ MILLRACE_STREAM_TRANSFORM_ADMIN_PORT: '70000' }, 'is above the most, 65535'],
  [{ MILLRACE_STREAM_TRANSFORM_ADMIN_PORT: '1.5' }, 'is not a whole number'],
])('%j: the message says %j', (env, message) => {
  expect(problemOf(env)).toContain(message);
});

test('every problem is told at once, one a line', () => {
  const message = problemOf({
    MILLRACE_KAFKA_BROKERS: '',
    MILLRACE_STREAM_TRANSFORM_MODE: 'slow',
  });
  expect(message.split('\n')).toHaveLength(2);
});

test('a password in a wrong URL, and a secret default, are never shown', () => {
  const message = problemOf({ MILLRACE_POSTGRES_URL: 'mysql://me:hunter2@db/x' });
  expect(message).toContain('mysql://(hidden)@db/x');
  expect(
    renderHelp('x', 'y', declaration) + JSON.stringify(describeConfig(declaration)),
  ).not.toMatch(/hunter2|hush/);
});

test('a misspelt variable of the service is found, with the name that was meant', () => {
  const env = { MILLRACE_STREAM_TRANSFORM_FLUHS: '1s', MILLRACE_SINK_FLUSH: '1s' };
  expect(unknownVariables(declaration, env)).toEqual([
    { name: 'MILLRACE_STREAM_TRANSFORM_FLUHS', nearest: 'MILLRACE_STREAM_TRANSFORM_FLUSH' },
  ]);
});

test('a slip in a setting that services share is found, and nothing is said of what is not theirs', () => {
  const env = {
    MILLRACE_KAFKA_BROKER: 'kafka:9092',
    MILLRACE_POSTGRESS_URL: 'postgres://db/x',
    MILLRACE_KAFKA_PORT: 'tcp://10.0.0.1:9092',
    MILLRACE_QUALITY_URL: 'http://quality:8090',
    MILLRACE_SINK_FLUSH: '1s',
  };
  const slips = [
    { name: 'MILLRACE_KAFKA_BROKER', nearest: 'MILLRACE_KAFKA_BROKERS' },
    { name: 'MILLRACE_POSTGRESS_URL', nearest: 'MILLRACE_POSTGRES_URL' },
  ];
  expect(unknownVariables(declaration, env)).toEqual(slips);
  const quality = { ...declaration, service: 'quality' };
  expect(unknownVariables(quality, env)).toEqual(slips);
});

test('help and description tell every setting as it is written in the environment', () => {
  const help = renderHelp('stream-transform', 'does things', declaration);
  for (const { env } of describeConfig(declaration)) expect(help).toContain(env);
  expect(describeConfig(declaration).find(({ name }) => name === 'bufferBytes')).toEqual({
    name: 'bufferBytes',
    env: 'MILLRACE_STREAM_TRANSFORM_BUFFER',
    type: 'bytes',
    unit: 'bytes',
    default: '10MiB',
    required: false,
    secret: false,
    description: 'Buffer.',
  });
});
