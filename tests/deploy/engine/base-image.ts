/**
 * The base image of the Dockerfile: pulled where there is a registry, else a stand-in of the same name out of Debian's archive and the
 * npm package that carries Node, which has what the real one has as far as the Dockerfile and the services can tell.
 */
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, run } from './run.ts';

const dockerfile = new URL('../../../Dockerfile', import.meta.url);
const debianImage = 'docker.io/library/debian:bookworm-slim';
const usualPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Makes sure that there is one. @returns its name, as the Dockerfile has it */
export const ensureBaseImage = async (): Promise<string> => {
  const name = /^ARG NODE_IMAGE=(\S+)$/m.exec(await readFile(dockerfile, 'utf8'))?.[1];
  if (name === undefined) throw new Error('the Dockerfile names no NODE_IMAGE');
  if (await isThere(name)) return name;
  await ensureDebian();
  await buildNodeImage(name);
  return name;
};

const isThere = async (name: string): Promise<boolean> =>
  (await attempt('podman', ['image', 'exists', name])).code === 0 ||
  (await attempt('podman', ['pull', '--quiet', name])).code === 0;

/** Debian's own image, or the same packages by mmdebstrap. @returns its name */
export const ensureDebian = async (): Promise<string> => {
  if (await isThere(debianImage)) return debianImage;
  await inScratch(async (directory) => {
    const tar = join(directory, 'root.tar');
    const excluded = ['doc', 'man', 'locale'].map(
      (kind) => `--dpkgopt=path-exclude=/usr/share/${kind}/*`,
    );
    const options = ['--quiet', '--variant=minbase', '--mode=root', ...excluded];
    await run('mmdebstrap', [...options, 'bookworm', tar]);
    const container = await run('buildah', ['from', 'scratch']);
    await run('buildah', ['add', '--quiet', container, tar, '/']);
    await run('buildah', ['config', '--cmd', '["bash"]', '--env', usualPath, container]);
    await run('buildah', ['commit', '--quiet', '--rm', container, debianImage]);
  });
  return debianImage;
};

const buildNodeImage = async (name: string): Promise<void> => {
  const version = /:(\d+\.\d+\.\d+)/.exec(name)?.[1];
  await inScratch(async (directory) => {
    await run('npm', ['init', '--yes'], { cwd: directory });
    const packages = [`node-linux-${process.arch}@${version}`, 'npm@11'];
    await run('npm', ['install', '--ignore-scripts', '--no-audit', ...packages], {
      cwd: directory,
    });
    const local = join(directory, 'root/usr/local');
    await mkdir(join(local, 'bin'), { recursive: true });
    await mkdir(join(local, 'lib/node_modules'), { recursive: true });
    const modules = join(directory, 'node_modules');
    const node = join(modules, `node-linux-${process.arch}/bin/node`);
    await run('cp', [node, join(local, 'bin/node')]);
    await run('cp', ['-a', join(modules, 'npm'), join(local, 'lib/node_modules/npm')]);
    for (const program of ['npm', 'npx'])
      await symlink(`../lib/node_modules/npm/bin/${program}-cli.js`, join(local, 'bin', program));
    const container = await run('buildah', ['from', debianImage]);
    await run('buildah', ['add', '--quiet', container, join(directory, 'root'), '/']);
    await run('buildah', ['config', '--cmd', 'node', container]);
    await run('buildah', ['commit', '--quiet', '--rm', container, name]);
  });
};

const inScratch = async (work: (directory: string) => Promise<void>): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-base-'));
  try {
    await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
