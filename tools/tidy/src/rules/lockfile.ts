import type { Finding, Rule } from '../rule.ts';

/** The lockfile holds every package that its packages name, for every platform. */
const page = 'package-lock.json';

interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export const lockfileRule: Rule = {
  name: 'lockfile',
  why: 'npm ci refuses a lockfile that leaves out a package, also one for another platform; npm install writes such a lockfile when the registry it asks lacks that package.',
  check: (tree) => {
    const text = tree.text(page);
    if (text === undefined) return [];
    const { packages } = JSON.parse(text) as { packages: Record<string, LockEntry> };
    return Object.entries(packages).flatMap(([path, entry]) => missing(packages, path, entry));
  },
};

const missing = (
  packages: Readonly<Record<string, LockEntry>>,
  path: string,
  entry: LockEntry,
): Finding[] =>
  Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
    .filter((name) => !isLocked(packages, path, name))
    .map((name) => ({
      path: page,
      message: `${path || 'the root'} needs ${name}; it has no entry`,
    }));

/** Looks for `name` where Node would: beside the package, then beside each directory above it. */
function isLocked(
  packages: Readonly<Record<string, LockEntry>>,
  path: string,
  name: string,
): boolean {
  const prefix = path === '' ? '' : `${path}/`;
  if (packages[`${prefix}node_modules/${name}`] !== undefined) return true;
  if (path === '') return false;
  const nestedAt = path.lastIndexOf('/node_modules/');
  const above = nestedAt < 0 ? '' : path.slice(0, nestedAt);
  return isLocked(packages, above, name);
}
