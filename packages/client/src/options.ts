/** What a client can be told, each option once, with its default; reading it is all that happens here. */
import type { BatchStore } from './batch/batch-store.ts';
import type { Clock } from './clock.ts';
import type { Rejected, UnsentCode } from './event-result.ts';

export interface ClientOptions {
  /** Root of the door: `https://events.example.com`. */
  readonly url: string;
  /** An API key or a JWT; a function is asked before each attempt, so that it can rotate. */
  readonly key?: string | (() => string | Promise<string>);
  /** Most events in a batch. Default 1000; the door takes 10,000 (`MILLRACE_INGEST_EVENTS_MAX`). */
  readonly batchEvents?: number;
  /** Most bytes in a batch. Default 512 KiB; 48 KiB in a page, so that each batch fits into a beacon. */
  readonly batchBytes?: number;
  /** How long an event waits for company. Default 20 ms; 0 sends when the caller's turn ends. */
  readonly lingerMs?: number;
  /** Batches of one stream under way at once. Default 1, which keeps the order of a stream. */
  readonly inFlight?: number;
  /** Events that may wait in all. Default 10,000; with a store 1,000,000. */
  readonly queueEvents?: number;
  /** Bytes that may wait in all. Default 16 MiB; with a store 256 MiB. */
  readonly queueBytes?: number;
  /** What happens to an event that finds the queue full. Default `block`: its promise waits for room. */
  readonly whenFull?: 'block' | 'reject' | 'drop-oldest';
  /** How long an event is tried for. Default 2 minutes; without end with a store. */
  readonly deadlineMs?: number;
  /** How long one attempt waits for its answer. Default 40 s, above the 30 s that the door waits for Kafka. */
  readonly attemptTimeoutMs?: number;
  /** First pause after a failure; doubled each time, of which a random share is taken. Default 200 ms. */
  readonly backoffMs?: number;
  /** Longest pause. Default 30 s. */
  readonly backoffMaxMs?: number;
  /** Bodies from this size on are sent gzipped. Default 2 KiB; never to this machine's own address. */
  readonly gzipBytesMin?: number;
  /** Keeps batches across the end of a process or a tab. */
  readonly store?: BatchStore;
  /** An event was refused for good. */
  readonly onRejected?: (rejection: Rejection) => void;
  /** Events were given up on, and no store has them. */
  readonly onDropped?: (loss: Loss) => void;
  /** An attempt failed and is made again. For logs. */
  readonly onRetry?: (retry: Retry) => void;
  /** The store failed; the events at hand go on from memory. */
  readonly onStoreFailed?: (error: unknown) => void;
  /** Aborting it closes the client at once. */
  readonly signal?: AbortSignal;
  /** For tests. */
  readonly clock?: Clock;
  /** For tests: a number from 0 to below 1. */
  readonly random?: () => number;
  /** For tests, and for proxies that need an agent of their own. */
  readonly fetch?: typeof fetch;
}

export interface Rejection {
  readonly stream: string;
  readonly event: unknown;
  readonly result: Rejected;
}

export interface Loss {
  readonly stream: string;
  readonly events: readonly unknown[];
  readonly code: UnsentCode;
}

export interface Retry {
  readonly stream: string;
  readonly events: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** What failed, in a sentence. */
  readonly cause: string;
  readonly delayMs: number;
}

/** Options with every default filled in. */
export type Settings = ReturnType<typeof settle>;

const mebibyte = 1024 * 1024;

/** Fills in the defaults; throws a TypeError for an option that cannot be meant. */
export const settle = (options: ClientOptions, inPage: boolean, clock: Clock) => {
  const url = new URL(options.url);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError(`${options.url} is not http or https.`);
  const stored = options.store !== undefined;
  const numbers = {
    batchEvents: options.batchEvents ?? 1000,
    batchBytes: options.batchBytes ?? (inPage ? 48 * 1024 : mebibyte / 2),
    lingerMs: options.lingerMs ?? 20,
    inFlight: options.inFlight ?? 1,
    queueEvents: options.queueEvents ?? (stored ? 1_000_000 : 10_000),
    queueBytes: options.queueBytes ?? (stored ? 256 : 16) * mebibyte,
    deadlineMs: options.deadlineMs ?? (stored ? Number.POSITIVE_INFINITY : 120_000),
    attemptTimeoutMs: options.attemptTimeoutMs ?? 40_000,
    backoffMs: options.backoffMs ?? 200,
    backoffMaxMs: options.backoffMaxMs ?? 30_000,
    gzipBytesMin: options.gzipBytesMin ?? (isOwnMachine(url) ? Number.POSITIVE_INFINITY : 2048),
  };
  for (const [name, value] of Object.entries(numbers))
    if (Number.isNaN(value) || value < (name === 'lingerMs' || name === 'gzipBytesMin' ? 0 : 1))
      throw new TypeError(`${name} is ${value}.`);
  const { onRejected, onDropped, onRetry, onStoreFailed, ...plain } = options;
  return {
    ...plain,
    ...numbers,
    onRejected: guarded(onRejected),
    onDropped: guarded(onDropped),
    onRetry: guarded(onRetry),
    onStoreFailed: guarded(onStoreFailed),
    url: url.href.replace(/\/$/, ''),
    whenFull: options.whenFull ?? ('block' as const),
    clock,
    random: options.random ?? Math.random,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
  };
};

/** A hook that throws is a bug of its owner: it is thrown where it is seen, and stops no batch. */
const guarded =
  <Told>(hook: ((told: Told) => void) | undefined) =>
  (told: Told): void => {
    try {
      hook?.(told);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };

const isOwnMachine = ({ hostname }: URL): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
