/**
 * Programs and manifests of others out of the Go modules that they publish. A module that replaces others is not installed by its name, but it is
 * built in a copy of its own folder, as its project builds it.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { builtOnce } from '../../engine/built-once.ts';
import { moduleFolder } from '../../engine/module-folder.ts';
import { attempt, run } from '../../engine/run.ts';

export interface PublishedProgram {
  /** `path@version` of the module. */
  readonly module: string;
  /** Its package, below the module's folder. */
  readonly folder: string;
  /** Files that its project makes before it builds, by their paths in the module. */
  readonly made?: Readonly<Record<string, string>>;
  /** A module that it needs, `path@version`, and other files in it. */
  readonly changed?: { readonly module: string; readonly made: Readonly<Record<string, string>> };
}

/** A copy of a module that may be written to, with these files. */
const copyModule = async (
  module: string,
  folder: string,
  made: Readonly<Record<string, string>> = {},
): Promise<void> => {
  cpSync(await moduleFolder(module), folder, { recursive: true });
  await run('chmod', ['-R', 'u+w', folder]);
  for (const [path, text] of Object.entries(made)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
};

/** Builds it once a machine, linked statically. @returns its path, in the cache */
export const publishedProgram = (
  name: string,
  { module, folder, made, changed }: PublishedProgram,
): Promise<string> =>
  builtOnce(`${name}-${module.split('@v')[1]}`, async (program) => {
    const copy = mkdtempSync(join(tmpdir(), `${name}-`));
    try {
      await copyModule(module, copy, made);
      if (changed) {
        await copyModule(changed.module, join(copy, 'changed'), changed.made);
        const [path] = changed.module.split('@');
        await run('go', ['mod', 'edit', `-replace=${path}=./changed`], { cwd: copy });
      }
      await run('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', program, `./${folder}`], {
        cwd: copy,
        env: { ...process.env, CGO_ENABLED: '0' },
      });
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });

/**
 * An image of nothing but static programs, for podman and the cluster.
 * @param programs path in the image → file
 */
export const imageOfPrograms = async (
  tag: string,
  programs: Readonly<Record<string, string>>,
): Promise<void> => {
  if ((await attempt('podman', ['image', 'exists', tag])).code === 0) return;
  const container = await run('buildah', ['from', 'scratch']);
  for (const [path, file] of Object.entries(programs))
    await run('buildah', ['copy', '--quiet', '--chmod', '0755', container, file, path]);
  await run('buildah', ['config', '--user', '65532:65532', container]);
  await run('buildah', ['commit', '--quiet', '--rm', container, tag]);
};
