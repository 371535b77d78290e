/** Certificates of a test's own, by openssl: an authority, and servers that it vouches for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../engine/run.ts';

export interface Certificate {
  /** Files, PEM. */
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  /** Its own certificate, a file. */
  readonly file: string;
  /** @param names as openssl's subjectAltName has them, e.g. `DNS:events.example.org` */
  issue(name: string, names: readonly string[]): Promise<Certificate>;
}

const days = ['-days', '2'];

/** One that vouches for itself, for clients: whoever trusts it trusts nobody else. */
export const issueForClient = async (directory: string, name: string): Promise<Certificate> => {
  const [certificate, key] = [join(directory, `${name}.crt`), join(directory, `${name}.key`)];
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...days, '-subj', `/CN=${name}`],
    ...['-addext', 'extendedKeyUsage=clientAuth', '-keyout', key, '-out', certificate],
  ]);
  return { certificate, key };
};

/** @param directory is made; what it issues is there, too */
export const createAuthority = async (directory: string): Promise<Authority> => {
  mkdirSync(directory, { recursive: true });
  const [file, ownKey] = [join(directory, 'ca.crt'), join(directory, 'ca.key')];
  await run('openssl', [
    ...[
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      ...days,
      '-subj',
      '/CN=tests of the chart',
    ],
    ...['-keyout', ownKey, '-out', file],
  ]);
  return {
    file,
    issue: async (name, names) => {
      const at = (suffix: string) => join(directory, `${name}.${suffix}`);
      const asked = ['-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`];
      await run('openssl', ['req', ...asked, '-keyout', at('key'), '-out', at('csr')]);
      writeFileSync(at('ext'), `subjectAltName=${names.join(',')}\n`);
      await run('openssl', [
        ...['x509', '-req', '-in', at('csr'), '-CA', file, '-CAkey', ownKey, '-CAcreateserial'],
        ...[...days, '-extfile', at('ext'), '-out', at('crt')],
      ]);
      return { certificate: at('crt'), key: at('key') };
    },
  };
};
