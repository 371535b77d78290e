import { readdir } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MillraceError } from '@millrace/contracts';

/** A file under `transforms/` and what it exports by default, whatever that is. */
export interface TransformFile {
  /** Relative to the project, e.g. `transforms/delays.ts`. */
  readonly path: string;
  readonly exported: unknown;
}

/** Beside transforms lie their tests and the generated types. */
const isTransformFile = (name: string): boolean =>
  /\.m?[jt]s$/.test(name) && !/\.(test|d)\.m?ts$/.test(name);

/**
 * Imports every file of a project's `transforms/`, in the order of their names; none where there is no such
 * directory. `provided`: modules that the files may import also where the project has not installed them, by
 * specifier, as URLs. Throws `transform.load-failed` that names the file.
 */
export const loadTransformFiles = async (
  directory: string,
  provided: Readonly<Record<string, string>> = {},
): Promise<readonly TransformFile[]> => {
  const folder = join(resolve(directory), 'transforms');
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw new MillraceError('transform.load-failed', `${folder} cannot be read (${cause.code})`, {
      cause,
    });
  });
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const url = provided[specifier];
      return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
    },
  });
  try {
    const files: TransformFile[] = [];
    for (const name of names.filter(isTransformFile).sort()) {
      files.push({ path: `transforms/${name}`, exported: await importDefault(folder, name) });
    }
    return files;
  } finally {
    hooks.deregister();
  }
};

const importDefault = async (folder: string, name: string): Promise<unknown> => {
  try {
    return ((await import(pathToFileURL(join(folder, name)).href)) as { default?: unknown })
      .default;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError('transform.load-failed', `transforms/${name}: ${why}`, { cause });
  }
};
