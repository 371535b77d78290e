/** Deletes from node_modules what runs nowhere in an image: half of what npm brings. Licences stay. */
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';

/** Of these packages only the files that are named are read. */
const onlyFiles: Readonly<Record<string, RegExp>> = {
  // the demo's flights and airports; the rest is 40 MB for benchmarks
  'vega-datasets': /^(package\.json|build\/.*|data\/(flights-20k\.json|airports\.csv))$/,
  // what the door's page of its API is made of
  'swagger-ui-dist':
    /^(package\.json|LICENSE|NOTICE|index\.js|absolute-path\.js|swagger-ui\.css|swagger-ui-bundle\.js.*|favicon-32x32\.png)$/,
};

/** Whether a file of node_modules can be left out: nothing that runs opens it. */
export const isSuperfluous = (
  path: string,
  nodeAbi: string = process.versions.modules,
): boolean => {
  const name = basename(path);
  if (/^(licen[cs]e|notice|copying)/i.test(name) && !name.endsWith('.map')) return false;
  const [top, ...inside] = path.split(sep);
  const wanted = onlyFiles[top ?? ''];
  if (wanted !== undefined && !wanted.test(inside.join('/'))) return true;
  // npm's own note of what is installed names the registry that it came from
  if (path === '.package-lock.json') return true;
  const abi = /^node\.abi(\d+)\./.exec(name)?.[1];
  if (abi !== undefined && abi !== nodeAbi) return true;
  return /\.(map|md|markdown|d\.[mc]?ts|musl\.node)$/.test(name);
};

/**
 * @param modules the node_modules of an install
 * @returns bytes that are gone
 */
export const pruneInstalled = async (modules: string): Promise<number> => {
  let bytes = 0;
  // links are workspaces: their files are ours and are not followed
  for (const entry of await readdir(modules, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !isSuperfluous(relative(modules, file))) continue;
    bytes += (await stat(file)).size;
    await rm(file);
  }
  return bytes;
};
