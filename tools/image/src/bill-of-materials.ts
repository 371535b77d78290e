/**
 * The bill of materials of an installed tree, as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/): what npm noted when it
 * installed, so exactly what is there, for the processor that it is there for. `npm sbom` refuses a tree without devDependencies of
 * workspaces. Nothing in it depends on when or where it is made: the same tree gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** An entry of npm's lockfile; see docs.npmjs.com, package-lock.json. */
export interface InstalledPackage {
  readonly name?: string;
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
}

export interface Installed {
  readonly version: string;
  readonly nodeVersion: string;
  /** By path, `node_modules/pg` or `packages/cli`. */
  readonly packages: Readonly<Record<string, InstalledPackage>>;
}

interface Component {
  readonly type: 'library' | 'application' | 'platform';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly object[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}

/** Reads what npm noted at the end of its install. Rejects when the directory has no install. */
export const readInstalled = async (directory: string): Promise<Installed> => {
  const lock = join(directory, 'node_modules', '.package-lock.json');
  const { version, packages } = JSON.parse(await readFile(lock, 'utf8')) as Installed;
  return { version, packages, nodeVersion: process.versions.node };
};

/** @returns a CycloneDX document, its components in the order of their names */
export const billOfMaterials = (installed: Installed): object => {
  const components = [
    nodeComponent(installed.nodeVersion),
    ...Object.entries(installed.packages).flatMap(([path, entry]) => componentOf(path, entry)),
  ].toSorted((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
  const unique = components.filter(
    (component, index) => component['bom-ref'] !== components[index - 1]?.['bom-ref'],
  );
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(unique))}`,
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': `millrace@${installed.version}`,
        name: 'millrace',
        version: installed.version,
        licenses: [{ license: { id: 'Apache-2.0' } }],
      },
    },
    components: unique,
  };
};

const nodeComponent = (version: string): Component => ({
  type: 'platform',
  'bom-ref': `pkg:generic/node@${version}`,
  name: 'node',
  version,
  purl: `pkg:generic/node@${version}`,
});

const componentOf = (path: string, entry: InstalledPackage): Component[] => {
  const marker = path.lastIndexOf('node_modules/');
  const name = entry.name ?? (marker < 0 ? undefined : path.slice(marker + 'node_modules/'.length));
  if (entry.link === true || entry.dev === true || name === undefined) return [];
  if (entry.version === undefined) return [];
  const purl = `pkg:npm/${name.replace('@', '%40')}@${entry.version}`;
  return [
    {
      type: marker < 0 ? 'application' : 'library',
      'bom-ref': purl,
      name,
      version: entry.version,
      purl,
      ...(entry.license === undefined ? {} : { licenses: [licenseOf(entry.license)] }),
      ...(entry.integrity === undefined ? {} : { hashes: [hashOf(entry.integrity)] }),
    },
  ];
};

/** One SPDX id, or an expression of several. */
const licenseOf = (license: string): object =>
  /^[\w.+-]+$/.test(license)
    ? { license: license.startsWith('SEE') ? { name: license } : { id: license } }
    : { expression: license };

/** npm writes `sha512-` and base64, CycloneDX `SHA-512` and hex. */
const hashOf = (integrity: string): { alg: string; content: string } => {
  const [algorithm = '', base64 = ''] = (integrity.split(' ')[0] ?? '').split(/-(.*)/s);
  return {
    alg: algorithm.toUpperCase().replace('SHA', 'SHA-'),
    content: Buffer.from(base64, 'base64').toString('hex'),
  };
};

/** A UUID of version 8 (RFC 9562) made from a text, so that equal bills have equal numbers. */
const uuidOf = (text: string): string => {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};
