import { MillraceError } from '@millrace/contracts';
import { type Duration, durationMs } from '../durations.ts';

/** How records of a key are put together by time or number. */
export type WindowKind = TimeWindow | SlidingWindow | SessionWindow | CountingWindow;

/** Windows `[start, start + size)` at every multiple of `advance` since 1970; tumbling when both are equal. */
export interface TimeWindow {
  readonly kind: 'time';
  readonly sizeMs: number;
  readonly advanceMs: number;
  readonly graceMs: number;
}

export interface SlidingWindow {
  readonly kind: 'sliding';
  readonly differenceMs: number;
  readonly graceMs: number;
}

export interface SessionWindow {
  readonly kind: 'session';
  readonly gapMs: number;
  readonly graceMs: number;
}

export interface CountingWindow {
  readonly kind: 'counting';
  readonly size: number;
  readonly advance: number;
}

export interface GraceOption {
  /** For how long after its end, in event time, a window still takes records; not at all when left out. */
  readonly grace?: Duration;
}

/** Windows of one size, one after the other. Throws `transform.invalid`. */
export const tumbling = (size: Duration, options: GraceOption = {}): TimeWindow =>
  hopping({ size, advance: size, ...options });

/** Windows of one size that begin every `advance`, and so overlap. Throws `transform.invalid`. */
export const hopping = ({
  size,
  advance,
  grace = 0,
}: { readonly size: Duration; readonly advance: Duration } & GraceOption): TimeWindow => {
  const sizeMs = positiveMs('size', size);
  const advanceMs = positiveMs('advance', advance);
  if (advanceMs > sizeMs) {
    throw new MillraceError(
      'transform.invalid',
      `windows of ${sizeMs} ms that begin every ${advanceMs} ms leave gaps: advance by the size or less`,
    );
  }
  return { kind: 'time', sizeMs, advanceMs, graceMs: durationMs(grace) };
};

/**
 * Windows that hold records no further apart than `difference`: one that ends with each record, and one
 * that begins just after it, `[t - difference, t]` and `[t + 1, t + 1 + difference]`, both ends included, as Kafka Streams has
 * them. Throws `transform.invalid`.
 */
export const sliding = ({
  difference,
  grace = 0,
}: { readonly difference: Duration } & GraceOption): SlidingWindow => ({
  kind: 'sliding',
  differenceMs: positiveMs('difference', difference),
  graceMs: durationMs(grace),
});

/** Windows of activity: records no further than `gap` from the next one. Throws `transform.invalid`. */
export const session = ({
  gap,
  grace = 0,
}: { readonly gap: Duration } & GraceOption): SessionWindow => ({
  kind: 'session',
  gapMs: positiveMs('gap', gap),
  graceMs: durationMs(grace),
});

/**
 * Windows of `size` records of a key, in the order in which they come; a new one begins every `advance`
 * records. Throws `transform.invalid`.
 */
export const counting = ({
  size,
  advance = size,
}: {
  readonly size: number;
  readonly advance?: number;
}): CountingWindow => {
  if (Number.isSafeInteger(size) && size > 0 && Number.isSafeInteger(advance)) {
    if (advance > 0 && advance <= size) return { kind: 'counting', size, advance };
  }
  throw new MillraceError(
    'transform.invalid',
    `a window of ${size} records that begins every ${advance} makes no sense: both are whole, and advance is at most size`,
  );
};

const positiveMs = (what: string, duration: Duration): number => {
  const ms = durationMs(duration);
  if (ms > 0) return ms;
  throw new MillraceError('transform.invalid', `the ${what} of a window must be more than nothing`);
};
