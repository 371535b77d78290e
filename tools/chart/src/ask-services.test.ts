/** What `helm test` runs, as the process that it is, against servers that answer as services do. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { chartFolder } from './helm/helm.ts';

interface Answers {
  readonly ready?: number;
  readonly canary?: { readonly status: number; readonly body: object };
}

/** A service and a door in one; what the door was sent is in `seen`. */
const serve = async ({ ready = 200, canary }: Answers) => {
  const seen: { authorization?: string; body: string }[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/readyz') {
      response.writeHead(ready).end('{"status":"unavailable","reasons":["no partitions"]}');
      return;
    }
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { authorization } = request.headers;
      seen.push({ body, ...(authorization === undefined ? {} : { authorization }) });
      response.writeHead(canary?.status ?? 404).end(JSON.stringify(canary?.body ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
};

const ask = (env: Readonly<Record<string, string>>) =>
  new Promise<{ code: number | null; said: string }>((resolve) => {
    const child = spawn(process.execPath, [`${chartFolder}/files/ask-services.mjs`], {
      env: { TIMEOUT_SECONDS: '0', ...env },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        said += chunk;
      });
    child.once('close', (code) => resolve({ code, said }));
  });

test('services that are ready pass, and one that is not is named with its reason', async () => {
  const ready = await serve({});
  const waiting = await serve({ ready: 503 });
  expect(await ask({ SERVICES: `${ready.address}=all` })).toMatchObject({ code: 0 });
  const { code, said } = await ask({ SERVICES: `${ready.address}=all,${waiting.address}=all` });
  expect(code).toBe(1);
  expect(said).toContain('is not ready: 127.0.0.1: 503');
  expect(said).toContain('no partitions');
});

test('a service that has no pod does not pass', async () => {
  const { code, said } = await ask({ SERVICES: 'nothing.invalid:9464=one' });
  expect(code).toBe(1);
  expect(said).toContain('no address');
});

test('a canary passes when it is queryable, and with the key of the door', async () => {
  const door = await serve({ canary: { status: 200, body: { queryable: true } } });
  const asked = await ask({ DOOR_URL: `http://${door.address}`, DOOR_TOKEN: 'mrk_x' });
  expect(asked.code).toBe(0);
  expect(door.seen[0]?.authorization).toBe('Bearer mrk_x');
  expect(Object.keys(JSON.parse(door.seen[0]?.body ?? '{}'))).toEqual([
    ...['canary_id', 'sent_at', 'sender'],
  ]);
});

test('a canary that is accepted but not queryable does not pass', async () => {
  const door = await serve({ canary: { status: 202, body: { accepted: 1 } } });
  const { code, said } = await ask({ DOOR_URL: `http://${door.address}` });
  expect(code).toBe(1);
  expect(said).toContain('the canary did not arrive: 202');
});
