/**
 * Images of the servers of docker-compose.yml. Where a registry has the official one, that; else one of ours: the same program as Maven, npm, Go
 * or Debian have it, in the layout and with the documented start of the official image. Ours are not the official ones, and are never tagged so.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, run } from './run.ts';

/** How an image of ours is made. */
export interface ServerImage {
  /** Name of the image that it begins with; makes sure that it is there. */
  base(): Promise<string>;
  /** What builds its program, where one does without the image when that is not there. */
  readonly builder?: string;
  /** Of Debian. */
  readonly packages: readonly string[];
  /** Of the official image that it stands for. */
  readonly tag: string;
  /** What the program is: changes with its version. */
  readonly version: string;
  /** A folder of files as they lie in the image. */
  readonly root?: string;
  /** Files and folders from here, by their place in the image. Downloads or builds them. */
  programs?(): Promise<Readonly<Record<string, string>>>;
  /** Lines of shell, run in it as root at last. */
  readonly setup: readonly string[];
  /** Arguments of `buildah config`. */
  readonly config: readonly string[];
}

const exists = async (name: string): Promise<boolean> =>
  (await attempt('podman', ['image', 'exists', name])).code === 0;

/** The official image when this machine has it or can pull it. @returns its whole name, else undefined */
export const officialImage = async (image: string): Promise<string | undefined> => {
  const name = `docker.io/${image.includes('/') ? image : `library/${image}`}`;
  if (await exists(name)) return name;
  const pulled = await attempt('podman', ['pull', '--quiet', name]);
  return pulled.code === 0 ? name : undefined;
};

/** Builds an image, unless the one of that name was made of the same. */
export const buildServerImage = async (name: string, image: ServerImage): Promise<string> => {
  const base = await image.base();
  const madeOf = hashOf(image, base);
  const label = 'millrace.made-of';
  const format = ['--format', `{{index .Config.Labels "${label}"}}`];
  const had = await attempt('podman', ['image', 'inspect', ...format, name]);
  if (had.stdout.trim() === madeOf) return name;
  const container = await run('buildah', ['from', '--pull-never', base]);
  const shell = (script: string) =>
    run('buildah', [
      ...['run', '--isolation', 'chroot', '--network', 'host', '--user', 'root', container],
      ...['--', 'sh', '-euc', script],
    ]);
  try {
    if (image.packages.length > 0) await shell(installing(image.packages));
    for (const [place, file] of Object.entries((await image.programs?.()) ?? {}))
      await run('buildah', ['add', '--quiet', container, file, place]);
    if (image.root !== undefined) await run('buildah', ['add', '--quiet', container, image.root]);
    await shell(image.setup.join('\n'));
    await run('buildah', ['config', '--label', `${label}=${madeOf}`, ...image.config, container]);
    await attempt('podman', ['image', 'rm', name]);
    await run('buildah', ['commit', '--quiet', '--format', 'docker', container, name]);
  } finally {
    await run('buildah', ['rm', container]);
  }
  return name;
};

const installing = (packages: readonly string[]): string =>
  `export DEBIAN_FRONTEND=noninteractive
# Debian's slim image has no manuals, where Java's packages link theirs
mkdir -p /usr/share/man/man1
apt-get update -q
apt-get install -q --yes --no-install-recommends ${packages.join(' ')}
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb`;

const hashOf = ({ packages, version, root, setup, config }: ServerImage, base: string): string => {
  const hash = createHash('sha256').update(
    JSON.stringify([base, packages, version, setup, config]),
  );
  const files =
    root === undefined ? [] : readdirSync(root, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile()).sort(byPath))
    hash.update(join(file.parentPath, file.name)).update(pathContent(file));
  return hash.digest('hex').slice(0, 12);
};

interface Located {
  readonly parentPath: string;
  readonly name: string;
}
const pathContent = ({ parentPath, name }: Located): Buffer => readFileSync(join(parentPath, name));
const byPath = (a: Located, b: Located): number =>
  join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1;
