/** Options of the JVMs: small and quick to start rather than fast at their peak. */
import type { CdsArchive } from './cds-archive.ts';

/** Writing the archive of classes takes 4 s on a quiet machine, and a cut one is worth nothing. */
export function stopGraceMs(archive: CdsArchive): number {
  return archive.isWriting() ? 60_000 : 15_000;
}

/** Why a stop takes seconds for once. */
export function stopNote(archive: CdsArchive): string | undefined {
  return archive.isWriting()
    ? 'writes an archive of its classes, once, for quicker starts'
    : undefined;
}

/**
 * The first compiler tier alone saves threads, memory and start-up time; errors of the JVM go to its log. Two threads
 * collect garbage: with one a pause of Kafka took 30 ms under 200 transactions a second, with two 6 to 18.
 * @param heap the largest heap, as `-Xmx` takes it
 */
export function jvmOptions(heap: string, archive: CdsArchive): string[] {
  return [
    `-Xmx${heap}`,
    '-XX:+UseParallelGC',
    '-XX:ParallelGCThreads=2',
    '-XX:TieredStopAtLevel=1',
    '-Xshare:auto',
    '-Xlog:disable',
    '-Xlog:all=error:stderr',
    ...archive.jvmOptions(),
  ];
}
