/** Finds a Java runtime of 17 or newer: JAVA_HOME, else the PATH. Downloads none. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MillraceError } from '@millrace/contracts';

export interface Java {
  readonly command: string;
  /** Changes with every other build of the runtime: archives of loaded classes fit one build only. */
  readonly fingerprint: string;
}

const oldestMajor = 17;
const remedy =
  'install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless) or point JAVA_HOME at one, or use --backend containers or --backend external.';

function findOnPath(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** What the runtime says of itself: its `release` file when it has one, since asking a JVM costs 0.1 s. */
function describe(command: string): string {
  const release = join(realpathSync(command), '..', '..', 'release');
  if (existsSync(release)) return readFileSync(release, 'utf8');
  const asked = spawnSync(command, ['-version'], { encoding: 'utf8' });
  return asked.stderr ?? '';
}

/** The major version in a `release` file or in the output of `java -version`; "1.8.0" means 8. */
export function javaMajor(description: string): number | undefined {
  const found = /(?:JAVA_VERSION="|version ")(?:1\.)?(\d+)/.exec(description)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Throws `stack.java-missing` with the remedy when there is none, or none that is new enough. */
export function findJava(env: NodeJS.ProcessEnv): Java {
  const home = env['JAVA_HOME'];
  const command = home ? join(home, 'bin', 'java') : findOnPath('java', env);
  if (command === undefined)
    throw new MillraceError('stack.java-missing', `No Java was found on the PATH: ${remedy}`);
  if (!existsSync(command))
    throw new MillraceError(
      'stack.java-missing',
      `JAVA_HOME is set, but ${command} is not there: ${remedy}`,
    );
  const description = describe(command);
  const major = javaMajor(description);
  if (major === undefined || major < oldestMajor)
    throw new MillraceError(
      'stack.java-missing',
      `${command} is ${major === undefined ? 'no Java runtime that starts' : `Java ${major}`}: ${remedy}`,
    );
  const fingerprint = createHash('sha256').update(description).digest('hex').slice(0, 12);
  return { command, fingerprint };
}
