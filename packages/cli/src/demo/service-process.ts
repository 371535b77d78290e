import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { missingServiceEnvironment, serviceNodeFlags } from '@millrace/runtime';
import { guardProcess, residentBytes } from '@millrace/stack';

/**
 * One service as the process that it is in production: started with environment variables alone, its log
 * in a file, guarded so that it never outlives the demo, however the demo ends.
 */
export interface ServiceProcess {
  readonly name: string;
  readonly pid: number | undefined;
  readonly adminUrl: string;
  readonly logFile: string;
  /** Highest resident memory seen so far, bytes. */
  peakRssBytes(): number;
  /** Resolves when it has ended: true when it ended in order. */
  readonly exited: Promise<boolean>;
  /** SIGTERM: it drains, then ends. */
  stop(): Promise<void>;
}

export interface ServiceSpec {
  readonly name: 'ingest' | 'cdc' | 'stream-transform' | 'sink' | 'quality';
  readonly adminPort: number;
  readonly env: Readonly<Record<string, string>>;
  readonly logDir: string;
}

const READY_TIMEOUT_MS = 60_000;
const RSS_INTERVAL_MS = 250;

/** Starts a service and waits until its /readyz says yes; rejects with `demo.service-not-ready`. */
export async function startServiceProcess(spec: ServiceSpec): Promise<ServiceProcess> {
  const logFile = join(spec.logDir, `${spec.name}.log`);
  const main = fileURLToPath(
    new URL(`../../../../services/${spec.name}/src/main.ts`, import.meta.url),
  );
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [...serviceNodeFlags(spec.name), main], {
    detached: true,
    env: { ...missingServiceEnvironment(process.env), ...process.env, ...spec.env },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const exited = new Promise<boolean>((resolve) => {
    child.once('exit', (code) => resolve(code === 0));
    child.once('error', () => resolve(false));
  });
  const guard = child.pid === undefined ? undefined : guardProcess(child.pid, 'SIGTERM');
  let peakBytes = 0;
  const rssWatch = setInterval(() => {
    if (child.pid !== undefined) peakBytes = Math.max(peakBytes, residentBytes(child.pid) ?? 0);
  }, RSS_INTERVAL_MS);
  exited.then(() => {
    clearInterval(rssWatch);
    guard?.release();
  });
  const adminUrl = `http://127.0.0.1:${spec.adminPort}`;
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
  };
  await untilReady(spec.name, adminUrl, logFile, exited).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const { pid } = child;
  return { name: spec.name, pid, adminUrl, logFile, peakRssBytes: () => peakBytes, exited, stop };
}

async function untilReady(
  name: string,
  adminUrl: string,
  logFile: string,
  exited: Promise<boolean>,
): Promise<void> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  let ended = false;
  exited.then(() => {
    ended = true;
  });
  while (performance.now() < deadlineMs && !ended) {
    const answer = await fetch(`${adminUrl}/readyz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await systemClock.sleep(50);
  }
  throw new MillraceError(
    'demo.service-not-ready',
    `${name} ${ended ? 'ended by itself' : `was not ready after ${READY_TIMEOUT_MS / 1_000} s`}; its log is ${logFile}`,
  );
}
