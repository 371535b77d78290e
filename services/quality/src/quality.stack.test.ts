/** The port of the service as the world meets it: by TLS alone where it has a certificate, and every failure as a problem with its code. */
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { hashKeyToken, mintOperationsToken } from '@millrace/contracts';
import {
  createFlightsWorld,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const certificate = (name: string): string =>
  fileURLToPath(new URL(`../../../tests/failures/certificates/${name}`, import.meta.url));
const token = mintOperationsToken('lovelace');
let world: FlightsWorld;
let quality: ServiceProcess;
let folder: string;

/** Both halves of a certificate into the files that the service reads. */
const useCertificate = async (name: string): Promise<void> => {
  for (const half of ['key', 'crt'])
    await copyFile(certificate(`${name}.${half}`), join(folder, `port.${half}`));
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-quality-tls-'));
  await useCertificate('server');
  const sha256 = hashKeyToken(token).toString('hex');
  await writeFile(
    join(folder, 'tokens.yaml'),
    `tokens:\n  - { id: lovelace, name: Ada, role: viewer, sha256: ${sha256} }\n`,
  );
  world = await createFlightsWorld(stackUnderTest(), { partitions: 1 });
  quality = await startService('quality', {
    ...world.env,
    MILLRACE_QUALITY_TOKENS_FILE: join(folder, 'tokens.yaml'),
    MILLRACE_QUALITY_TLS_CERT: join(folder, 'port.crt'),
    MILLRACE_QUALITY_TLS_KEY: join(folder, 'port.key'),
  });
  await quality.ready();
});
afterAll(async () => {
  await quality?.stop();
  await world?.drop();
  await rm(folder, { recursive: true });
});

interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Which name the certificate must be of, when not that of the address. */
  readonly servername?: string;
}

/** Trusts the tests' own authority alone. */
const ask = async (path: string, { body, ...more }: Ask = {}) => {
  const ca = await readFile(certificate('ca.crt'));
  const url = new URL(`/api/v1${path}`, quality.url.replace('http:', 'https:'));
  return new Promise<{
    readonly status: number | undefined;
    readonly type: string | undefined;
    readonly cookies: readonly string[];
    readonly certificate: PeerCertificate;
    readonly body: Record<string, unknown>;
  }>((resolve, reject) => {
    const asking = request(url, { ...more, ca, agent: false }, (response) => {
      const { statusCode: status, headers } = response;
      const seen = (response.socket as TLSSocket).getPeerCertificate();
      const type = headers['content-type'];
      const cookies = headers['set-cookie'] ?? [];
      text(response)
        .then((said) => JSON.parse(said) as Record<string, unknown>)
        .then((said) => resolve({ status, type, cookies, certificate: seen, body: said }))
        .catch(reject);
    });
    asking.on('error', reject);
    asking.end(body);
  });
};
const authorization = `Bearer ${token}`;

test('what does not exist is told as a problem with its code', async () => {
  const answer = await ask('/nothing', { headers: { authorization } });
  expect(answer.type).toContain('application/problem+json');
  expect(answer).toMatchObject({ status: 404, body: { status: 404, code: 'operations.unknown' } });
});

test('with a certificate the port speaks TLS alone, and a login is a cookie that no other host or plain request gets', async () => {
  await expect(fetch(`${quality.url}/api/v1/session`)).rejects.toThrow();
  expect((await ask('/session')).body).toMatchObject({ code: 'operations.credential-missing' });
  const login = await ask('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  expect(login).toMatchObject({ status: 200, body: { name: 'Ada', role: 'viewer' } });
  const [cookie] = login.cookies;
  expect(cookie).toMatch(/^__Host-.*; Path=\/; HttpOnly; SameSite=\w+; Secure$/);
  const back = await ask('/session', { headers: { cookie: cookie!.split(';')[0]! } });
  expect(back).toMatchObject({ status: 200, body: { name: 'Ada' } });
});

test('a certificate that was replaced is the one of the connections from then on', async () => {
  expect((await ask('/session')).certificate.subject.CN).toBe('server');
  await useCertificate('othername');
  const nameOf = async () =>
    (await ask('/session', { servername: 'elsewhere.test' }).catch(() => undefined))?.certificate
      .subject.CN;
  await expect.poll(nameOf).toBe('othername');
});
