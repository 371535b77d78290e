import type { Finding, Rule } from '../rule.ts';

/**
 * Where packages come from and what they may do, by the lockfile: from a registry and held to a hash, under a licence that a company may
 * use, and with a script at installation only where package.json decides on it by name. Known vulnerabilities are tools/check/src/audit.
 */
const page = 'package-lock.json';

interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  /** Part of another package's archive, and so of its hash. */
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

/** Permissive, and MPL-2.0, which asks for changes of its own files alone. */
const licences = new Set([
  ...['MIT', 'MIT-0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0'],
  ...[
    'BlueOak-1.0.0',
    'Unlicense',
    'CC0-1.0',
    'Python-2.0',
    'PSF-2.0',
    'MPL-2.0',
    'MIT OR Apache-2.0',
  ],
]);

/** Packages whose manifest names no licence, each looked up in its own files. */
const lookedUp: Readonly<Record<string, string>> = {
  '@kafkajs/confluent-schema-registry': 'MIT',
  buildcheck: 'MIT',
  'cpu-features': 'MIT',
  ssh2: 'MIT',
};

const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 13);

const originProblem = ({
  version,
  resolved,
  integrity,
  inBundle,
}: LockEntry): string | undefined => {
  if (resolved !== undefined && !/^https:\/\/.+\.tgz$/.test(resolved))
    return `comes from ${resolved}, not from a registry`;
  if (version === undefined || !/^\d+\.\d+\.\d+/.test(version))
    return `has the version ${version}, which names no release`;
  if (inBundle === true) return undefined;
  return integrity?.startsWith('sha512-') ? undefined : 'has no sha512 hash';
};

const licenceProblem = (name: string, { license, dev }: LockEntry): string | undefined => {
  if (dev === true) return undefined;
  const known = license ?? lookedUp[name];
  if (known === undefined) return 'names no licence; look it up';
  return licences.has(known) ? undefined : `is under ${known}, which nobody has allowed`;
};

export const supplyChainRule: Rule = {
  name: 'supply-chain',
  why: 'a package without a hash can be exchanged on the way, one with a script runs on every machine that installs it, and a licence binds whoever ships it.',
  check: (tree) => {
    const text = tree.text(page);
    const manifest = tree.text('package.json');
    if (text === undefined || manifest === undefined) return [];
    const { packages } = JSON.parse(text) as { packages: Record<string, LockEntry> };
    const { allowScripts = {} } = JSON.parse(manifest) as {
      allowScripts?: Record<string, boolean>;
    };
    return Object.entries(packages)
      .filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
      .flatMap(([path, entry]): Finding[] => {
        const name = nameOf(path);
        const undecided = entry.hasInstallScript === true && allowScripts[name] === undefined;
        return [
          originProblem(entry),
          licenceProblem(name, entry),
          undecided ? 'runs a script at installation; decide in allowScripts' : undefined,
        ]
          .filter((problem) => problem !== undefined)
          .map((problem) => ({ path: page, message: `${name} ${problem}` }));
      });
  },
};
