/**
 * What an image will install, read of package-lock.json without installing it: from the workspaces that the Dockerfile names along their
 * dependencies, looked up as Node does. For both processors at once; what is of another system or C library is left out. What one image has
 * to the last file stands in itself.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installed, InstalledPackage } from './bill-of-materials.ts';

/** More of npm's entry: docs.npmjs.com, package-lock.json. */
export interface LockedPackage extends InstalledPackage {
  /** Of a link: the path of its workspace. */
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}
type Locked = Readonly<Record<string, LockedPackage>>;

/** Rejects when the directory has no lockfile or no Dockerfile. */
export const readLocked = async (directory: string): Promise<Installed> => {
  const text = await readFile(join(directory, 'package-lock.json'), 'utf8');
  const lock = JSON.parse(text) as { version: string; packages: Locked };
  const dockerfile = await readFile(join(directory, 'Dockerfile'), 'utf8');
  const install = /npm ci --omit=dev[^;&]*/.exec(dockerfile)?.[0] ?? '';
  const workspaces = [...install.matchAll(/--workspace (\S+)/g)].map(([, path]) => path ?? '');
  const nodeVersion = lock.packages['']?.dependencies?.['node'] ?? process.versions.node;
  return { version: lock.version, nodeVersion, packages: reached(lock.packages, workspaces) };
};

/** @param from paths of workspaces */
export const reached = (locked: Locked, from: readonly string[]): Locked => {
  const found = new Map<string, LockedPackage>();
  const open = [...from];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const entry = locked[path];
    if (entry === undefined || found.has(path) || !fits(entry)) continue;
    found.set(path, entry);
    if (entry.link === true && entry.resolved !== undefined) open.push(entry.resolved);
    const { dependencies, optionalDependencies, peerDependencies } = entry;
    for (const name of Object.keys({
      ...dependencies,
      ...optionalDependencies,
      ...peerDependencies,
    })) {
      const at = lookUp(locked, path, name);
      if (at !== undefined) open.push(at);
    }
  }
  return Object.fromEntries(found);
};

const fits = ({ os, cpu, libc }: LockedPackage): boolean =>
  (os === undefined || os.includes('linux')) &&
  (cpu === undefined || cpu.includes('x64') || cpu.includes('arm64')) &&
  (libc === undefined || libc.includes('glibc'));

/** From the package's own folder up, as Node looks a name up. */
const lookUp = (locked: Locked, from: string, name: string): string | undefined => {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (locked[path] !== undefined) return path;
    if (folder === '') return undefined;
  }
};
