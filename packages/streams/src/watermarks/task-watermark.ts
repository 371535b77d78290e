import { NO_WATERMARK } from '../flow.ts';
import type { IdlePolicy } from '../graph/graph.ts';
import { createOriginClock, type OriginClock } from './origin-clock.ts';

/** What a task reads: one partition of a source, or a repartition topic that several tasks write to. */
export type WatermarkInput = (
  | { readonly kind: 'source'; readonly disorderMs: number; readonly idle?: IdlePolicy }
  | { readonly kind: 'repartition'; readonly senders: number }
) & {
  /** It says nothing of event time; see `Stage.untimed`. */
  readonly untimed?: boolean;
};

/**
 * What a sender of a repartition topic says of itself. `idle`: do not wait for me. `closed`: and nothing is
 * open here any more, so close what is open at yours when all say so.
 */
export interface WatermarkMarker {
  readonly watermarkMs: number;
  readonly status: 'active' | 'idle' | 'closed';
}

/** What a restart must know: plain numbers and words, in the order of the inputs. */
export interface TaskWatermarkState {
  readonly watermarkMs: number;
  /** By input: the highest time of a source, the last markers of a repartition's senders. */
  readonly inputs: readonly (number | readonly WatermarkMarker[])[];
}

/**
 * Event time of one task: the minimum over all that it reads, without those that are idle. It never falls.
 *
 * A record is judged by the watermark of its own partition, which the minimum cannot exceed; so what is on
 * time never meets a closed window, whatever the interleaving, and a replay judges as the live run did. The
 * exception is a partition that comes back from idleness: its records are judged by the task's watermark,
 * since windows have closed without it.
 */
export interface TaskWatermark {
  /** Takes the event time of a record read from a source; answers the watermark that it is judged by. */
  read(input: number, timeMs: number, nowMs: number): number;
  /** The watermark that a record is judged by which came through a repartition topic with this one. */
  received(watermarkMs: number): number;
  /** The source has records that are not read yet: it is not idle, whatever the clock says. */
  waiting(input: number, nowMs: number): void;
  /**
   * The source has been read to the end of a replay: nothing is waited for. `close`: once all are, everything
   * open closes. Undone by its next record.
   */
  ended(input: number, close?: boolean): void;
  /** Takes what a sender of a repartition topic says of itself; a watermark that falls is ignored. */
  mark(input: number, sender: number, marker: WatermarkMarker): void;
  /** Moves to what all inputs allow by now, and answers it. */
  advance(nowMs: number): number;
  /** Where `advance` has brought it. */
  watermarkMs(): number;
  /** What to tell the receivers of a repartition whose records leave `delayMs` behind the task's watermark. */
  marker(delayMs: number): WatermarkMarker;
  state(): TaskWatermarkState;
}

export interface TaskWatermarkOptions {
  readonly nowMs: number;
  /** How far event time must go beyond the last record for everything open to close; see `closeAheadOf`. */
  readonly closeAheadMs?: number;
  readonly state?: TaskWatermarkState;
}

/** One partition of a source or one sender of a repartition. */
interface Origin {
  watermarkMs(): number;
  /** What closing everything begins from: the highest time seen, or what the sender has said. */
  highestMs(): number;
  idle(nowMs: number): boolean;
  /** Being idle: what it allows to be done once all are. */
  action(): IdlePolicy['action'];
  /** Since when nothing has come, by the clock; undefined of a sender, which counts for itself. */
  silentSinceMs(): number | undefined;
}

interface SourceOrigin extends Origin {
  readonly clock: OriginClock;
  activeMs: number;
  /** What it allows since its end has been reached. */
  ended: 'leave' | 'close' | undefined;
}

interface SenderOrigin extends Origin {
  last: WatermarkMarker;
}

const sourceOrigin = (
  { disorderMs, idle }: WatermarkInput & { kind: 'source' },
  nowMs: number,
  highestMs?: number,
): SourceOrigin => {
  const clock = createOriginClock(disorderMs, highestMs);
  const origin: SourceOrigin = {
    clock,
    activeMs: nowMs,
    ended: undefined,
    watermarkMs: clock.watermarkMs,
    highestMs: () => clock.highestMs,
    idle: (now) =>
      origin.ended !== undefined || (idle !== undefined && now - origin.activeMs >= idle.afterMs),
    action: () => origin.ended ?? idle?.action ?? 'leave',
    silentSinceMs: () => origin.activeMs,
  };
  return origin;
};

const unheard: WatermarkMarker = { watermarkMs: NO_WATERMARK, status: 'active' };

const senderOrigin = (last: WatermarkMarker = unheard): SenderOrigin => {
  const origin: SenderOrigin = {
    last,
    watermarkMs: () => origin.last.watermarkMs,
    highestMs: () => origin.last.watermarkMs,
    idle: () => origin.last.status !== 'active',
    action: () => (origin.last.status === 'closed' ? 'close' : 'leave'),
    silentSinceMs: () => undefined,
  };
  return origin;
};

const highest = (values: readonly number[]): number => Math.max(NO_WATERMARK, ...values);

/**
 * What event time is when every origin is idle: the highest of them, as nothing is waited for; with
 * `advance` it goes on as the clock does, with `close` it goes to where nothing stays open.
 */
const whenAllIdle = (
  origins: readonly Origin[],
  nowMs: number,
  closeAheadMs: number,
): { readonly watermarkMs: number; readonly closed: boolean } => {
  const reachedMs = highest(origins.map((origin) => origin.watermarkMs()));
  const actions = new Set(origins.map((origin) => origin.action()));
  if (actions.has('leave')) return { watermarkMs: reachedMs, closed: false };
  if (!actions.has('advance')) {
    const lastMs = highest(origins.map((origin) => origin.highestMs()));
    return { watermarkMs: lastMs + closeAheadMs, closed: true };
  }
  const silentSinceMs = highest(origins.map((origin) => origin.silentSinceMs() ?? nowMs));
  return { watermarkMs: reachedMs + Math.max(0, nowMs - silentSinceMs), closed: false };
};

const originsOf = (
  input: WatermarkInput,
  nowMs: number,
  state: TaskWatermarkState['inputs'][number] | undefined,
): readonly Origin[] => {
  if (input.kind === 'source') return [sourceOrigin(input, nowMs, state as number | undefined)];
  const markers = state as readonly WatermarkMarker[] | undefined;
  return Array.from({ length: input.senders }, (_, sender) => senderOrigin(markers?.[sender]));
};

/** All origins begin as active. */
export const createTaskWatermark = (
  inputs: readonly WatermarkInput[],
  { nowMs, closeAheadMs = 0, state }: TaskWatermarkOptions,
): TaskWatermark => {
  const byInput = inputs.map((input, index) => originsOf(input, nowMs, state?.inputs[index]));
  const all = byInput.filter((_, index) => inputs[index]!.untimed !== true).flat();
  const source = (input: number) => byInput[input]![0] as SourceOrigin;
  let currentMs = state?.watermarkMs ?? NO_WATERMARK;
  let status: WatermarkMarker['status'] = 'active';

  return {
    read(input, timeMs, now) {
      const origin = source(input);
      origin.activeMs = now;
      origin.ended = undefined;
      const ownMs = origin.clock.see(timeMs);
      return Math.max(ownMs, currentMs);
    },
    received: (watermarkMs) => Math.max(watermarkMs, currentMs),
    waiting(input, now) {
      source(input).activeMs = now;
    },
    ended(input, close = false) {
      source(input).ended = close ? 'close' : 'leave';
    },
    mark(input, sender, { watermarkMs, status: said }) {
      const origin = byInput[input]![sender] as SenderOrigin;
      const growsTo = Math.max(watermarkMs, origin.last.watermarkMs);
      origin.last = { watermarkMs: growsTo, status: said };
    },
    advance(now) {
      const awake = all.filter((origin) => !origin.idle(now));
      const reached =
        awake.length > 0
          ? { watermarkMs: Math.min(...awake.map((one) => one.watermarkMs())), closed: false }
          : whenAllIdle(all, now, closeAheadMs);
      status = awake.length > 0 ? 'active' : reached.closed ? 'closed' : 'idle';
      currentMs = Math.max(currentMs, reached.watermarkMs);
      return currentMs;
    },
    watermarkMs: () => currentMs,
    marker: (delayMs) => ({
      // Before the first record the delay may be what is left of infinities: no number.
      watermarkMs: currentMs === NO_WATERMARK ? NO_WATERMARK : currentMs - delayMs,
      status,
    }),
    state: () => ({
      watermarkMs: currentMs,
      inputs: inputs.map(({ kind }, index) =>
        kind === 'source'
          ? source(index).clock.highestMs
          : (byInput[index] as readonly SenderOrigin[]).map(({ last }) => last),
      ),
    }),
  };
};
