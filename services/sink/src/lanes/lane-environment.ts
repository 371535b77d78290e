/** What a lane needs of its surroundings; the same for every term. Made in `pipeline.ts`. */
import type { WarehouseContract } from '@millrace/contracts';
import type { FloodControl } from '@millrace/dead-letters';
import type { Clock, Logger } from '@millrace/pipeline';
import type { SinkMetrics } from '../metrics.ts';
import type { AdvanceStep } from '../steps/advance.ts';
import type { ClaimRangeStep } from '../steps/claim-range.ts';
import type { FindLandedStep } from '../steps/find-landed.ts';
import type { FindRefusedStep } from '../steps/find-refused.ts';
import type { InsertRangeStep } from '../steps/insert-range.ts';
import type { HasLandedStep, ReadBackStep } from '../steps/read-back.ts';
import type { TopicLandings } from '../tables/topic-landings.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { FlushLimits } from './flush-policy.ts';
import type { InsertBudget } from './insert-budget.ts';

/** The verbs of the flow, in its order. */
export interface LaneSteps {
  readonly claimRange: ClaimRangeStep;
  readonly insertRange: InsertRangeStep;
  readonly findRefused: FindRefusedStep;
  readonly hasLanded: HasLandedStep;
  readonly readBack: ReadBackStep;
  readonly findLanded: FindLandedStep;
  readonly advance: AdvanceStep;
}

/** What all lanes of one topic share. */
export interface TopicEnvironment {
  readonly contract: WarehouseContract;
  readonly landings: TopicLandings;
  readonly budget: InsertBudget;
  /** The stream is stopped: what comes waits, on its topic where there is no room. */
  readonly isHeld: () => boolean;
  readonly steps: LaneSteps;
  /** Whether dead letters are an outage. */
  readonly floods: FloodControl;
  readonly metrics: SinkMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface LaneEnvironment extends TopicEnvironment {
  readonly limits: FlushLimits;
  /** Where the lane's memory comes from. */
  readonly pool: BufferPool;
  pause(): void;
  /** Goes on reading, so many bytes at a time at most. */
  resume(bytesMax: number): void;
}
