/** Kafka Connect with Debezium as something that can be started: fetched by Maven once, the converter compiled. */
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
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir, cachedArtifacts, findJava, type Java } from '@millrace/stack';

export interface DebeziumProgram {
  readonly java: string;
  readonly classPath: string;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const neededBytes = 200 * 1024 * 1024;

/** By the compiler inside the runtime, so that `javac` need not be on the PATH. */
function compileConverter(java: Java, jars: string, source: string, output: string): void {
  const work = `${output}.${process.pid}`;
  const services = join(work, 'META-INF', 'services');
  mkdirSync(services, { recursive: true });
  writeFileSync(
    join(services, 'org.apache.kafka.connect.storage.Converter'),
    'millrace.WireFormatConverter\n',
  );
  const compiled = spawnSync(
    java.command,
    ['-m', 'jdk.compiler/com.sun.tools.javac.Main', '-nowarn', '-cp', jars, '-d', work, source],
    { encoding: 'utf8' },
  );
  if (compiled.status !== 0) {
    rmSync(work, { recursive: true });
    throw new Error(`The converter was not compiled (it needs a JDK): ${compiled.stderr}`);
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
 * The jars and the compiled converter, in the user's cache of the stack.
 * @param onProgress told what is downloaded, the first time
 * @throws `stack.java-missing`, `stack.maven-missing`, `stack.download-failed`, `stack.download-broken`, `stack.disk-full`
 */
export async function debeziumProgram(
  onProgress: (detail: string) => void,
): Promise<DebeziumProgram> {
  const java = findJava(process.env);
  const cache = cacheDir(process.env);
  const set = {
    name: 'debezium',
    description: 'Kafka Connect and Debezium',
    pom: join(here, 'pom.xml'),
    goals: ['package'],
    sums: readFileSync(join(here, 'SHA256SUMS'), 'utf8'),
    neededBytes,
  };
  const { directory, key } = await cachedArtifacts(cache, set, onProgress);
  const files = readdirSync(join(directory, 'jars')).sort();
  const jars = files.map((file) => join(directory, 'jars', file)).join(':');
  const source = join(here, 'WireFormatConverter.java');
  const digest = createHash('sha256').update(readFileSync(source)).update(key);
  const build = digest.update(java.fingerprint).digest('hex').slice(0, 12);
  const classes = join(cache, `debezium-converter-${build}`);
  if (!existsSync(classes)) compileConverter(java, jars, source, classes);
  return { java: java.command, classPath: `${classes}:${jars}` };
}
