/** How a load is going, for a person at a terminal or for a log; and nothing for a program. Writes to standard error. */
import type { MillraceError } from '@millrace/contracts';
import type { LoadCounts } from '../load-tally.ts';
import type { SourcePart } from '../pull-source.ts';
import { count, rate, shortDuration } from './load-text.ts';

export interface LoadProgress {
  follow(counts: () => LoadCounts): void;
  listed(parts: readonly SourcePart[]): void;
  /** Something is away; it is tried again. */
  waiting(error: MillraceError, delayMs: number): void;
  /** The stream takes nothing now; the load goes on when it does. */
  paused(why: string): void;
  end(): void;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const barEveryMs = 100;
const lineEveryMs = 5000;
const barWidth = 24;

export const quietProgress: LoadProgress = {
  follow: () => undefined,
  listed: () => undefined,
  waiting: () => undefined,
  paused: () => undefined,
  end: () => undefined,
};

/** A bar where the output is a terminal, else a line every five seconds. */
export const createProgress = (output: Output, nowMs: () => number): LoadProgress => {
  const isBar = output.isTTY === true;
  const startedMs = nowMs();
  let counts: (() => LoadCounts) | undefined;
  let totalBytes: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const show = (): void => {
    if (counts === undefined) return;
    const text = progressText(counts(), totalBytes, nowMs() - startedMs);
    output.write(isBar ? `\r${cut(text, output.columns ?? 80)}\u001b[K` : `${text}\n`);
  };
  const tell = (text: string): void =>
    void output.write(isBar ? `\r\u001b[K${text}\n` : `${text}\n`);
  return {
    follow: (source) => {
      counts = source;
      timer = setInterval(show, isBar ? barEveryMs : lineEveryMs);
      timer.unref();
    },
    listed: (parts) => {
      const read = counts?.().bytes ?? 0;
      totalBytes = parts.some(({ bytes }) => bytes === undefined)
        ? undefined
        : parts.reduce((sum, { bytes }) => sum + (bytes ?? 0), read);
    },
    waiting: (error, delayMs) =>
      tell(`${error.code}: ${error.message}; tried again in ${shortDuration(delayMs)}`),
    paused: (why) => tell(`${why}; goes on when it is opened (ingest.stream-stopped)`),
    end: () => {
      clearInterval(timer);
      if (isBar) output.write('\r\u001b[K');
    },
  };
};

/** @param totalBytes of the parts to be read; undefined where nobody knows */
export const progressText = (
  counts: LoadCounts,
  totalBytes: number | undefined,
  elapsedMs: number,
): string => {
  const rows = `${count(counts.read)} rows, ${rate(counts.read, elapsedMs)}`;
  const rejected = counts.rejected > 0 ? `, ${count(counts.rejected)} rejected` : '';
  if (totalBytes === undefined || totalBytes === 0) return `${rows}${rejected}`;
  // compressed files are read faster than they are unpacked, and positions count what comes out
  const share = Math.min(1, counts.bytes / totalBytes);
  const full = Math.round(share * barWidth);
  const bar = '█'.repeat(full) + '░'.repeat(barWidth - full);
  const left =
    share > 0.02 && share < 1 ? `, ${shortDuration((elapsedMs / share) * (1 - share))} left` : '';
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${rows}${rejected}${left}`;
};

const cut = (text: string, columns: number): string => text.slice(0, Math.max(20, columns - 1));
