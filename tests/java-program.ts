/**
 * Java programs that tests and benches start: their jars come by Maven into the user's cache of the stack, their own
 * few classes are compiled there, once for each content of the sources.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDir, cachedArtifacts, findJava, type Java } from '@millrace/stack';

export interface JavaProgramSpec {
  /** Of its entries in the cache. */
  readonly name: string;
  /** What it is, for a person whose download failed. */
  readonly description: string;
  /** Folder of pom.xml and SHA256SUMS; Maven puts the jars into `target/jars`. */
  readonly folder: string;
  /** Absolute paths. */
  readonly sources: readonly string[];
  /** Files that stand beside the classes: path → text. */
  readonly resources?: Readonly<Record<string, string>>;
  /** Largest space on disk that the jars take while they are fetched, bytes. */
  readonly neededBytes: number;
}

export interface JavaProgram {
  readonly java: string;
  readonly classPath: string;
}

/** By the compiler inside the runtime, so that `javac` need not be on the PATH. */
function compileSources(java: Java, jars: string, spec: JavaProgramSpec, output: string): void {
  const work = `${output}.${process.pid}`;
  mkdirSync(work, { recursive: true });
  for (const [path, text] of Object.entries(spec.resources ?? {})) {
    mkdirSync(dirname(join(work, path)), { recursive: true });
    writeFileSync(join(work, path), text);
  }
  const compiled = spawnSync(
    java.command,
    [
      ...['-m', 'jdk.compiler/com.sun.tools.javac.Main', '-nowarn', '-cp', jars, '-d', work],
      ...spec.sources,
    ],
    { encoding: 'utf8' },
  );
  if (compiled.status !== 0) {
    rmSync(work, { recursive: true });
    throw new Error(`${spec.description} was not compiled (it needs a JDK): ${compiled.stderr}`);
  }
  try {
    renameSync(work, output);
  } catch (error) {
    // another start was quicker
    rmSync(work, { recursive: true });
    if (!existsSync(output)) throw error;
  }
}

/**
 * The jars and the compiled classes, in the user's cache of the stack.
 * @param onProgress told what is downloaded, the first time
 * @throws `stack.java-missing`, `stack.maven-missing`, `stack.download-failed`, `stack.download-broken`, `stack.disk-full`
 */
export async function javaProgram(
  spec: JavaProgramSpec,
  onProgress: (detail: string) => void,
): Promise<JavaProgram> {
  const java = findJava(process.env);
  const cache = cacheDir(process.env);
  const { directory, key } = await cachedArtifacts(
    cache,
    {
      name: spec.name,
      description: spec.description,
      pom: join(spec.folder, 'pom.xml'),
      goals: ['package'],
      sums: readFileSync(join(spec.folder, 'SHA256SUMS'), 'utf8'),
      neededBytes: spec.neededBytes,
    },
    onProgress,
  );
  const files = readdirSync(join(directory, 'jars')).sort();
  const jars = files.map((file) => join(directory, 'jars', file)).join(':');
  const digest = createHash('sha256').update(key).update(java.fingerprint);
  for (const source of spec.sources) digest.update(readFileSync(source));
  const build = digest.digest('hex').slice(0, 12);
  const classes = join(cache, `${spec.name}-classes-${build}`);
  if (!existsSync(classes)) compileSources(java, jars, spec, classes);
  return { java: java.command, classPath: `${classes}:${jars}` };
}
