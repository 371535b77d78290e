/** Kafka's and the registry's jars, downloaded once per user by Maven. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cachedArtifacts } from './artifact-cache.ts';
import type { DownloadProgress } from './maven.ts';

export interface JavaArtifacts {
  readonly kafkaClassPath: string;
  /** Apicurio's runnable jar; its libraries lie beside it. */
  readonly registryJar: string;
  readonly registryDir: string;
  /** Changes with the set of jars. */
  readonly key: string;
}

const resources = fileURLToPath(new URL('../../java/', import.meta.url));
/** Jars, the registry's archive and its unpacked files, and as much again in Maven's own repository. */
const neededBytes = 500 * 1024 * 1024;

/**
 * `get` of 2.8: later versions first read the registry's parent POM, which no repository has.
 * `package` and `get` share one start of Maven.
 */
const goals = [
  'package',
  'org.apache.maven.plugins:maven-dependency-plugin:2.8:get',
  '-Dartifact=io.apicurio:apicurio-registry-app:3.0.9:tar.gz:all',
  '-Dtransitive=false',
  '-Ddest=target/registry.tar.gz',
];

function unpackRegistry(target: string): void {
  const registry = join(target, 'registry');
  const archive = join(target, 'registry.tar.gz');
  mkdirSync(registry);
  const unpacked = spawnSync('tar', ['-xzf', archive, '-C', registry], { encoding: 'utf8' });
  if (unpacked.status !== 0)
    throw Object.assign(new Error(`tar could not unpack ${archive}: ${unpacked.stderr}`), {
      code: /no space left/i.test(unpacked.stderr ?? '') ? 'ENOSPC' : 'EIO',
    });
  rmSync(archive);
}

/**
 * The jars, downloaded when the cache has none that are whole.
 * @param sums what is pinned, in the format of sha256sum
 * @throws `stack.maven-missing`, `stack.download-failed`, `stack.download-broken`, `stack.disk-full`
 */
export async function javaArtifacts(
  cache: string,
  onProgress: DownloadProgress,
  sums: string = readFileSync(join(resources, 'SHA256SUMS'), 'utf8'),
): Promise<JavaArtifacts> {
  const set = {
    name: 'java',
    description: 'Kafka and the schema registry',
    pom: join(resources, 'pom.xml'),
    ...{ goals, sums, neededBytes, unpack: unpackRegistry },
  };
  const { directory, key } = await cachedArtifacts(cache, set, onProgress);
  const jars = readdirSync(join(directory, 'kafka')).sort();
  const registryDir = join(directory, 'registry');
  const registryJar = readdirSync(registryDir).find((file) => file.endsWith('-runner.jar')) ?? '';
  return {
    kafkaClassPath: jars.map((jar) => join(directory, 'kafka', jar)).join(':'),
    registryJar: join(registryDir, registryJar),
    registryDir,
    key,
  };
}
