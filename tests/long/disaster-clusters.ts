/**
 * Two clusters for the disaster tests in which one takes over from the other: everything begins in the west, the east is the copy.
 * What happens to them is the tests'. Not a test.
 */
import { type RunningStack, startStack } from '@millrace/stack';
import { createDisasterWorld, type DisasterWorld } from './disaster-world.ts';

export interface DisasterClusters {
  readonly west: RunningStack;
  readonly east: RunningStack;
  /** On the west. */
  readonly on: DisasterWorld;
  /** Settings of `millrace mirror`: from the west into the east. */
  mirrorEnv(): Record<string, string>;
  drop(): Promise<void>;
}

/** Leaves nothing running when it rejects. */
export async function startDisasterClusters(): Promise<DisasterClusters> {
  const started: RunningStack[] = [];
  const start = async (): Promise<RunningStack> => {
    const stack = await startStack({ backend: 'embedded' });
    started.push(stack);
    return stack;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((stack) => stack.stop()));
  };
  try {
    const [west, east] = [await start(), await start()];
    const on = await createDisasterWorld(west);
    return {
      ...{ west, east, on },
      mirrorEnv: () => ({
        ...on.env(east.endpoints),
        MILLRACE_MIRROR_FROM_BROKERS: west.endpoints.kafkaBrokers,
      }),
      drop: async () => {
        await on.drop();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
