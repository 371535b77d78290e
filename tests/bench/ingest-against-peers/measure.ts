/** One contestant under one load: throughput with every connection busy, latency at half of that, CPU and memory. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { anonymousBytes, processUsage, waitedSeconds } from '../process-usage.ts';
import { type AuditedTopic, auditAccepted, endsOf } from './audit.ts';
import type { Contestant, RunningContestant } from './contestants.ts';
import type { LoadReport, LoadSpec } from './load-spec.ts';

export interface Figures {
  readonly requestsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** At half load, of the sender's own: see LoadReport. */
  readonly senderStallMs: number;
  /** At half load, ms of each second in which the server was ready to run and another process did: 0 on a quiet machine. */
  readonly waitedMsPerSecond: number;
  readonly peakMemoryMb: number;
  readonly refused: number;
}

export type LoadShape = Pick<
  LoadSpec,
  'mediaType' | 'eventsPerRequest' | 'connections' | 'seconds'
>;

const MB = 1e6;
let loads = 0;

interface Usage {
  readonly cpuSeconds: number;
  /** Of the server's main thread, for a processor. */
  readonly waitedSeconds: number;
}

/** Runs the sender to its end; the server's CPU seconds are counted from when it is warm. */
const load = async (
  server: RunningContestant,
  path: string,
  shape: LoadShape & Partial<LoadSpec>,
): Promise<LoadReport & Usage & { readonly prefix: string }> => {
  const prefix = String(1000 + loads++);
  const spec: LoadSpec = { ...shape, url: server.url, path, prefix, warmUpSeconds: 3 };
  const child = spawn(process.execPath, [
    new URL('load.ts', import.meta.url).pathname,
    JSON.stringify(spec),
  ]);
  child.stderr.pipe(process.stderr);
  let before = 0;
  let waitedBefore = 0;
  let report: LoadReport | undefined;
  for await (const line of createInterface(child.stdout)) {
    if (line === 'begin') {
      before = processUsage(server.pid).cpuSeconds;
      waitedBefore = waitedSeconds(server.pid);
    } else report = JSON.parse(line) as LoadReport;
  }
  if (report === undefined) throw new Error('the sender ended without a report');
  return {
    ...report,
    cpuSeconds: processUsage(server.pid).cpuSeconds - before,
    waitedSeconds: waitedSeconds(server.pid) - waitedBefore,
    prefix,
  };
};

const inMb = (bytes: number): number => Math.round(bytes / MB);

/** The memory that is the process's own, looked at every 20 ms: the kernel keeps a peak of the whole alone. */
const watchMemory = (pid: number) => {
  const idle = anonymousBytes(pid);
  let peak = idle;
  const look = setInterval(() => {
    peak = Math.max(peak, anonymousBytes(pid));
  }, 20);
  return {
    stop: () => {
      clearInterval(look);
      return { idle, peak };
    },
  };
};

/** A fresh process, full load, then half of what it took. */
export const measureLoad = async (contestant: Contestant, shape: LoadShape): Promise<Figures> => {
  const server = await contestant.start();
  try {
    const full = await load(server, contestant.path, shape);
    const requestsPerSecond = full.acceptedRequests / full.seconds;
    const half = await load(server, contestant.path, {
      ...shape,
      requestsPerSecond: requestsPerSecond / 2,
    });
    const events = full.acceptedRequests * shape.eventsPerRequest;
    return {
      requestsPerSecond,
      eventsPerSecond: events / full.seconds,
      cpuMicrosPerEvent: (full.cpuSeconds / events) * 1e6,
      p50Ms: half.p50Ms,
      p99Ms: half.p99Ms,
      senderStallMs: half.senderStallMs,
      waitedMsPerSecond: (half.waitedSeconds / half.seconds) * 1000,
      peakMemoryMb: processUsage(server.pid).peakResidentBytes / MB,
      refused: full.requests - full.acceptedRequests,
    };
  } finally {
    await server.stop();
  }
};

/** Ten times the connections of a usual load, and a small budget; then every accepted id is looked for on the topic. */
export const measureOverload = async (
  contestant: Contestant,
  orders: AuditedTopic,
  seconds: number,
) => {
  const server = await contestant.start({ MILLRACE_INGEST_QUEUE_MAX: '8MiB' });
  const memory = watchMemory(server.pid);
  const eventsPerRequest = 500;
  try {
    const from = await endsOf(orders);
    const report = await load(server, contestant.path, {
      ...{ mediaType: 'application/x-ndjson', eventsPerRequest, connections: 160, seconds },
      tellsAccepted: true,
    });
    const peakMemoryMb = Math.round(processUsage(server.pid).peakResidentBytes / MB);
    const { idle, peak } = memory.stop();
    const audit = await auditAccepted(orders, from, report, eventsPerRequest);
    return {
      ...{ statuses: report.statuses, ...audit, peakMemoryMb },
      ...{ idleAnonymousMb: inMb(idle), peakAnonymousMb: inMb(peak) },
    };
  } finally {
    memory.stop();
    await server.stop();
  }
};
