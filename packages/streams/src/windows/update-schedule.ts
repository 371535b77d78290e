import type { Emission } from './emission.ts';

/** Says when changed results may be handed on before their window has closed. */
export interface UpdateSchedule {
  /** Changes are handed on at all. */
  readonly wanted: boolean;
  /** At a commit. */
  isDue(nowMs: number): boolean;
  /** Every window is handed on when it has closed. */
  readonly finals: boolean;
}

export const updateSchedule = (emit: Emission): UpdateSchedule => {
  if (emit === 'final') return { wanted: false, isDue: () => false, finals: true };
  if (emit === 'update') return { wanted: true, isDue: () => true, finals: false };
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    wanted: true,
    isDue(nowMs) {
      if (nowMs - lastMs < emit.everyMs) return false;
      lastMs = nowMs;
      return true;
    },
    finals: true,
  };
};
