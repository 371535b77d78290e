/** A moment, told from now; the exact one on hover and for machines. All of them tick together. */
import { useSyncExternalStore } from 'react';
import { unknownText } from '../format/numbers.ts';
import { formatAgo, formatExact } from '../format/times.ts';

const tickMs = 1_000;
const waiting = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

const subscribe = (tell: () => void): (() => void) => {
  waiting.add(tell);
  timer ??= setInterval(() => {
    if (document.hidden) return;
    nowMs = Date.now();
    for (const each of waiting) each();
  }, tickMs);
  return () => {
    waiting.delete(tell);
    if (waiting.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
};

/** Now, ms, anew each second while someone uses it. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => nowMs);

export const Ago = ({ atMs }: { atMs: number | null | undefined }) => {
  const now = useNow();
  if (atMs === null || atMs === undefined) return <span>{unknownText}</span>;
  return (
    <time dateTime={new Date(atMs).toISOString()} title={formatExact(atMs)}>
      {formatAgo(atMs, Math.max(now, atMs > now && atMs - now < 3_000 ? atMs : now))}
    </time>
  );
};
