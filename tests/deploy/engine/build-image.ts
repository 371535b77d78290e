/** Builds the Dockerfile by buildah, without a registry of images and without Docker. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBaseImage } from './base-image.ts';
import { run } from './run.ts';

export const repository = fileURLToPath(new URL('../../..', import.meta.url));
const certificates = '/etc/ssl/certs';
const bundle = join(certificates, 'ca-certificates.crt');

export interface BuildOptions {
  readonly tag: string;
  /** Of the processor that the image is for; this machine's when left out. */
  readonly architecture?: 'amd64' | 'arm64';
  /** A stage before the last one. */
  readonly target?: string;
  /** Nothing of an earlier build is used. */
  readonly anew?: boolean;
}

/**
 * This machine's authorities are lent to the build, which reaches npm's registry through whatever this machine does; they are mounted,
 * and so are not in the image.
 */
export const buildImage = async ({
  tag,
  architecture,
  target,
  anew,
}: BuildOptions): Promise<void> => {
  await ensureBaseImage();
  const directory = await mkdtemp(join(tmpdir(), 'millrace-build-'));
  try {
    const npmrc = join(directory, 'npmrc');
    await writeFile(npmrc, existsSync(bundle) ? `cafile=${bundle}\n` : '');
    await run('buildah', [
      ...['build', '--isolation', 'chroot', '--network', 'host', '--format', 'docker'],
      ...['--pull-never', '--secret', `id=npmrc,src=${npmrc}`],
      '--layers',
      ...(anew === true ? ['--no-cache'] : []),
      ...(existsSync(bundle) ? ['--volume', `${certificates}:${certificates}:ro`] : []),
      // what `docker buildx build --platform` sets; buildah would look for every stage's base in that architecture
      ...(architecture === undefined ? [] : ['--build-arg', `TARGETARCH=${architecture}`]),
      ...(target === undefined ? [] : ['--target', target]),
      ...['--tag', tag, repository],
    ]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
