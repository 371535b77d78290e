/**
 * The instances of one service, replaced, killed and scaled as an orchestrator does it. What an instance is started with
 * is the caller's; an instance is known by its ordinal, so that one with a disk finds it again.
 */
import type { ServiceProcess } from '@millrace/testkit';
import { expect, vi } from 'vitest';

export interface Replicas {
  readonly name: string;
  /** The processes at the moment, in the order of their ordinals; none that has been asked to stop. */
  running(): readonly ServiceProcess[];
  /** Starts or stops instances until there are so many; resolves when the new ones are ready. */
  scaleTo(count: number): Promise<void>;
  /**
   * Replaces each instance, one after the other. `surge`: the new one is ready before SIGTERM goes to the old one, as a
   * Deployment does; `replace`: the old one has ended before the new one starts, as a StatefulSet does.
   */
  roll(): Promise<void>;
  /** kill -9, one instance after the other; the next one dies when the service is whole again. */
  killEach(): Promise<void>;
  stop(): Promise<void>;
}

export interface ReplicasOptions {
  readonly name: string;
  readonly strategy: 'surge' | 'replace';
  start(ordinal: number): Promise<ServiceProcess>;
  /** Whether the service is whole; every instance ready when left out. */
  whole?(running: readonly ServiceProcess[]): Promise<boolean>;
}

/** SIGTERM comes first; an orchestrator kills what is still there after its grace, which is a failure here. */
const GRACE = { timeout: 60_000, interval: 50 } as const;
/** A start takes seconds, and a minute on a machine that is busy with ten other things. */
const PATIENCE = { timeout: 300_000, interval: 50 } as const;

/** None is running yet. */
export function createReplicas(options: ReplicasOptions): Replicas {
  const { name, strategy } = options;
  const instances: ServiceProcess[] = [];

  const whole = async (): Promise<void> => {
    if (options.whole === undefined) {
      await Promise.all(instances.map((instance) => instance.ready(PATIENCE.timeout)));
      return;
    }
    await vi.waitFor(async () => {
      if (await options.whole?.(instances)) return;
      throw new Error(instances.flatMap(({ lines }) => lines.slice(-3)).join('\n'));
    }, PATIENCE);
  };
  const end = async (instance: ServiceProcess): Promise<void> => {
    instance.kill('SIGTERM');
    let code: number | null | undefined;
    void instance.exited.then((exit) => {
      code = exit.code;
    });
    await vi.waitFor(() => {
      if (code === undefined) throw new Error(`${name} has not ended after SIGTERM`);
    }, GRACE);
    expect({ name, code, said: code === 0 ? [] : instance.lines.slice(-5) }).toEqual({
      ...{ name, code: 0, said: [] },
    });
  };

  return {
    name,
    running: () => instances,
    scaleTo: async (count) => {
      while (instances.length < count) instances.push(await options.start(instances.length));
      await whole();
      while (instances.length > count) await end(instances.pop() as ServiceProcess);
      await whole();
    },
    roll: async () => {
      for (let ordinal = 0; ordinal < instances.length; ordinal += 1) {
        const old = instances[ordinal] as ServiceProcess;
        if (strategy === 'replace') await end(old);
        instances[ordinal] = await options.start(ordinal);
        await whole();
        if (strategy === 'surge') await end(old);
      }
      await whole();
    },
    killEach: async () => {
      for (let ordinal = 0; ordinal < instances.length; ordinal += 1) {
        const victim = instances[ordinal] as ServiceProcess;
        victim.kill('SIGKILL');
        await victim.exited;
        instances[ordinal] = await options.start(ordinal);
        await whole();
      }
    },
    stop: async () => {
      for (const instance of instances.splice(0)) await end(instance);
    },
  };
}
