import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { images, kafkaEnvironment } from './containers.ts';
import { stackParts } from './stack.ts';

interface Service {
  readonly image: string;
  /** None: started by `docker compose up` alone. */
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
}
const file = new URL('../../../docker-compose.yml', import.meta.url);
const compose = parse(readFileSync(file, 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
};

test('docker-compose.yml has the parts of the stack, of the images that testcontainers starts', () => {
  const servers = Object.entries(compose.services).filter(([, { profiles }]) => !profiles);
  expect(servers.map(([name]) => name)).toEqual([...stackParts]);
  for (const part of stackParts) expect(compose.services[part]?.image).toBe(images[part]);
});

test('the broker has the same settings in both, but for where clients find it', () => {
  const { KAFKA_LOG_DIRS, ...settings } = compose.services['kafka']?.environment ?? {};
  const advertised = `127.0.0.1:\${MILLRACE_KAFKA_PORT:-9092}`;
  expect(settings).toEqual(kafkaEnvironment(advertised));
  expect(KAFKA_LOG_DIRS).toBe('/var/lib/kafka/data');
});

test('every part says when it is healthy and is published on this machine alone', () => {
  for (const part of stackParts) {
    expect(compose.services[part]?.healthcheck.test.length).toBeGreaterThan(1);
    for (const port of compose.services[part]?.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  }
});
