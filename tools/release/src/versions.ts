/**
 * One version everywhere: every package.json and what they say of each other, the lockfile, the chart, and the image's name where it is
 * built, started and written about. Text in, text out; npm is not asked, since it drops what a registry lacks for other platforms.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const manifests = [
  'package.json',
  '{packages,services,tools}/*/package.json',
  'tests/package.json',
];
/** Where the image is named. */
const naming = ['Dockerfile', 'docker-compose.yml', 'docs/howto/*.md'];
const semver = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
const neighbours = /("@millrace\/[a-z-]+": )"[^"]+"/g;

interface Lockfile {
  version: string;
  readonly packages: Readonly<
    Record<
      string,
      { version?: string; readonly [field: string]: unknown } & Partial<
        Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>>
      >
    >
  >;
}

/**
 * The files that name the version, as they are with the new one; those that need no change are left out.
 * @param root the repository's root
 * @throws Error when the version is none, or a workspace has another one than the root
 */
export function withVersion(root: string, version: string): Readonly<Record<string, string>> {
  if (!semver.test(version)) throw new Error(`${version} is no version of Semantic Versioning`);
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const { version: old } = JSON.parse(read('package.json')) as { version: string };
  const changed: Record<string, string> = {};
  for (const path of globSync(manifests, { cwd: root }).sort()) {
    const text = read(path);
    const own = (JSON.parse(text) as { version: string }).version;
    if (own !== old) throw new Error(`${path} is of version ${own}, the repository of ${old}`);
    changed[path] = text
      .replace(`"version": "${old}"`, `"version": "${version}"`)
      .replaceAll(neighbours, `$1"${version}"`);
  }
  for (const path of globSync('package-lock.json', { cwd: root }))
    changed[path] = lockfileWith(read(path), version);
  for (const path of globSync('charts/millrace/Chart.yaml', { cwd: root }))
    changed[path] = read(path)
      .replace(/^version: .*$/m, `version: ${version}`)
      .replace(/^appVersion: .*$/m, `appVersion: ${version}`);
  for (const path of globSync(naming, { cwd: root }).sort())
    changed[path] = imageNamed(read(path), old, version);
  return Object.fromEntries(Object.entries(changed).filter(([path, text]) => text !== read(path)));
}

/** Workspaces are the entries outside of node_modules; everything else keeps its version. */
function lockfileWith(text: string, version: string): string {
  const lock = JSON.parse(text) as Lockfile;
  lock.version = version;
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path.includes('node_modules/')) continue;
    entry.version = version;
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'] as const)
      for (const name of Object.keys(entry[kind] ?? {}))
        if (name.startsWith('@millrace/')) (entry[kind] ?? {})[name] = version;
  }
  return `${JSON.stringify(lock, null, 2)}\n`;
}

const imageNamed = (text: string, old: string, version: string): string =>
  ['ARG VERSION=', 'MILLRACE_VERSION=', 'MILLRACE_VERSION:-', 'millrace/millrace:'].reduce(
    (named, before) => named.replaceAll(`${before}${old}`, `${before}${version}`),
    text,
  );
