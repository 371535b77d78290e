/** Options of the JVMs: small and quick to start rather than fast at their peak. */
import type { CdsArchive } from './cds-archive.ts';

/**
 * SerialGC and the first compiler tier alone save threads, memory and start-up time; errors of the JVM go to its log.
 * @param heap the largest heap, as `-Xmx` takes it
 */
export function jvmOptions(heap: string, archive: CdsArchive): string[] {
  return [
    `-Xmx${heap}`,
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Xshare:auto',
    '-Xlog:disable',
    '-Xlog:all=error:stderr',
    ...archive.jvmOptions(),
  ];
}
