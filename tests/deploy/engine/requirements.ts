/** What a machine lacks for images to be built and run on it without Docker. */
import { attempt } from './run.ts';

const has = async (command: string, args: readonly string[]): Promise<boolean> =>
  (await attempt(command, args).catch(() => undefined))?.code === 0;

/** A sentence that says why these tests are skipped; undefined when nothing is missing. */
export const missingForImages = async (): Promise<string | undefined> => {
  if (process.getuid?.() !== 0) return 'images are built as root';
  for (const program of ['buildah', 'podman', 'mmdebstrap'])
    if (!(await has(program, ['--version'])))
      return `${program} is not installed: apt-get install buildah podman mmdebstrap runc netavark aardvark-dns`;
  return undefined;
};

/** The same for docker-compose.yml. */
export const missingForCompose = async (): Promise<string | undefined> =>
  (await missingForImages()) ??
  ((await has('docker', ['compose', 'version']))
    ? missingServers()
    : 'the compose plugin of docker is not installed');

/** Of what the servers' images are made where the official ones cannot be pulled: it is the embedded stack's. */
const missingServers = async (): Promise<string | undefined> => {
  if (!(await has('mvn', ['--version'])))
    return 'Maven is not installed, which downloads Kafka and the registry';
  return process.platform === 'linux' && process.arch === 'x64'
    ? undefined
    : 'npm has no ClickHouse for this machine';
};
