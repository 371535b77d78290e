/** The second entry of this service: `millrace load` as a process. Exit codes: 0 loaded, 1 failed, 2 misused. */
import { errorCodes, MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { outliveReader, readConfig } from '@millrace/runtime';
import { dryRunConfig, loadConfig } from './pull/load/load-config.ts';
import type { LoadRequest } from './pull/load/load-request.ts';
import { summaryText } from './pull/load/load-text.ts';
import { createProgress, quietProgress } from './pull/load/progress.ts';
import { runLoad } from './pull/load/run-load.ts';

outliveReader();
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));

const request = JSON.parse(process.argv[2] ?? '{}') as LoadRequest;
try {
  const config = request.dryRun
    ? { kafkaBrokers: [], registryUrl: '', ...readConfig(dryRunConfig, process.env) }
    : readConfig(loadConfig, process.env);
  const progress = request.json
    ? quietProgress
    : createProgress(process.stderr, () => performance.now());
  const { signal } = stopping;
  const summary = await runLoad({ config, request, progress, clock: systemClock, signal });
  process.stdout.write(request.json ? `${JSON.stringify(summary)}\n` : summaryText(summary));
  const isBad = summary.failed.length > 0 || (request.strict && summary.rejected > 0);
  process.exitCode = isBad ? 1 : 0;
} catch (error) {
  if (stopping.signal.aborted) {
    process.stderr.write('stopped; the same command goes on where this one ended\n');
    process.exitCode = 1;
  } else if (error instanceof MillraceError) {
    const { remedy } = errorCodes[error.code];
    process.stderr.write(`millrace load: ${error.message} [${error.code}]\n${remedy}\n`);
    process.exitCode = error.code.startsWith('config.') ? 2 : 1;
  } else throw error;
}
