/**
 * Makes of this workspace what npm publishes: JavaScript and types by `tsc`, and a package.json of its own. Inside the
 * repository the sources run as they are; only what is published is compiled.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const workspace = fileURLToPath(new URL('../../', import.meta.url));

/** Both entries, as Node and bundlers look them up. */
const exported = {
  '.': { types: './index.d.ts', default: './index.js' },
  './node': { types: './node/file-store.d.ts', default: './node/file-store.js' },
};

/**
 * Builds into a directory, which is emptied first.
 * @throws Error with what `tsc` says when the sources do not compile
 */
export const buildPackage = async (directory: string): Promise<void> => {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const compiler = join(dirname(typescript), 'bin', 'tsc');
  const flags = ['-p', join(workspace, 'tsconfig.build.json'), '--outDir', directory];
  try {
    await promisify(execFile)(process.execPath, [compiler, ...flags]);
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    throw new Error(`The client does not compile:\n${stdout ?? ''}`, { cause: error });
  }
  await nameJavaScript(directory);
  const { name, version, description, type, license } = JSON.parse(
    await readFile(join(workspace, 'package.json'), 'utf8'),
  ) as Record<string, string>;
  const manifest = {
    ...{ name, version, description, type, license },
    exports: exported,
    types: './index.d.ts',
    engines: { node: '>=20.15' },
    sideEffects: false,
    // npm takes a provenance only where it names the repository that the package does
    repository: {
      type: 'git',
      url: 'git+https://github.com/millrace/millrace.git',
      directory: 'packages/client',
    },
  };
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await copyFile(join(workspace, 'README.md'), join(directory, 'README.md'));
  await copyFile(join(workspace, '../../LICENSE'), join(directory, 'LICENSE'));
};

/** `tsc` rewrites the endings of imports in JavaScript alone; a declaration that names `.ts` asks for a file that is not there. */
const nameJavaScript = async (directory: string): Promise<void> => {
  const files = await readdir(directory, { recursive: true });
  for (const file of files.filter((name) => name.endsWith('.d.ts'))) {
    const path = join(directory, file);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll(/(from '\.{1,2}\/[^']+)\.ts'/g, "$1.js'"));
  }
};
