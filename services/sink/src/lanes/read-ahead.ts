/** How much of its partition a lane has Kafka read ahead: as much as the pool gives it, and nothing when that is full. */

import type { LanePace } from './flush-policy.ts';
import type { LaneBuffer } from './lane-buffer.ts';
import type { LaneEnvironment } from './lane-environment.ts';

export interface ReadAhead {
  /** Tells Kafka what may come now. A claim of an earlier owner is read whole, whatever it takes. */
  adjust(isReplaying: boolean): void;
  /** An insert has landed, and the buffer has let go of it. */
  landed(): void;
  isPaused(): boolean;
  /** `readableEnd`: the offset before which everything can be read at once. */
  pace(readableEnd: number): LanePace;
}

/**
 * When the signal aborts nothing more is read ahead, and what the lane had in the pool is free for others.
 * `called` runs when a paused lane may go on, `isStuck` says whether it waits for something outside.
 */
export function createReadAhead(
  buffer: LaneBuffer,
  signal: AbortSignal,
  environment: Pick<LaneEnvironment, 'pool' | 'pause' | 'resume'>,
  lane: { called(): void; isStuck(): boolean },
): ReadAhead {
  const { pool } = environment;
  let room: number | undefined;

  const adjust = (isReplaying: boolean): void => {
    if (signal.aborted) return;
    const next = isReplaying ? pool.sizes.seatBytes : member.room(buffer.bytes);
    if (next === room) return;
    room = next;
    if (room === 0) environment.pause();
    else environment.resume(room);
  };
  const member = pool.join(lane);
  signal.addEventListener('abort', member.leave);

  return {
    adjust,
    landed: () => member.landed(buffer.bytes),
    isPaused: () => room === 0,
    pace: (readableEnd) => {
      if (member.isInLine()) return 'in-line';
      return room !== 0 && readableEnd > buffer.end ? 'behind' : 'current';
    },
  };
}
