import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readKey, signature } from './sign.ts';

const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'millrace-sign-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
};
const pem = { type: 'pkcs8', format: 'pem' } as const;
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const sums = new TextEncoder().encode('ba78  a.tgz\n');
const others = new TextEncoder().encode('ba79  a.tgz\n');

test('a signature is that of these bytes, and not of others', () => {
  const file = join(folder(), 'release.key');
  writeFileSync(file, privateKey.export(pem));
  const signed = signature(sums, readKey(file));
  expect(verify(null, sums, publicKey, signed)).toBe(true);
  expect(verify(null, others, publicKey, signed)).toBe(false);
});

test('a key of another kind, and none, are refused', () => {
  const file = join(folder(), 'release.key');
  const { privateKey: p256 } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(file, p256.export(pem));
  expect(() => readKey(file)).toThrow(/for ec, and has to be one for ed25519/);
  expect(() => readKey(`${file}.gone`)).toThrow(/ENOENT/);
});

const openssl = spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '';
test.skipIf(!openssl.startsWith('OpenSSL 3'))(
  'openssl takes it by the command that the page gives, and refuses other bytes',
  () => {
    const page = new URL('../../../docs/operations/releasing.md', import.meta.url);
    const command = /^openssl pkeyutl -verify .*$/m.exec(readFileSync(page, 'utf8'))?.[0] ?? '';
    const cwd = folder();
    writeFileSync(join(cwd, 'release.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(join(cwd, 'SHA256SUMS.sig'), signature(sums, privateKey));
    const said = (bytes: Uint8Array): string => {
      writeFileSync(join(cwd, 'SHA256SUMS'), bytes);
      const { stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, encoding: 'utf8' });
      return stdout + stderr;
    };
    expect(said(sums)).toContain('Verified Successfully');
    expect(said(others)).toContain('Verification Failure');
  },
);
