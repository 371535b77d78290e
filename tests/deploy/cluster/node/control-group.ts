/** The control group of a node's pods. Each node has one: a kubelet ends the pods below its own that it does not know. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../engine/run.ts';

export interface ControlGroup {
  /** As the kubelet takes it. */
  readonly name: string;
  /** Ends everything in it, at once. */
  kill(): void;
  /** It must be empty. */
  remove(): Promise<void>;
}

const root = '/sys/fs/cgroup';

/** The one hierarchy, or each of version 1. */
const hierarchies = (): readonly string[] =>
  existsSync(join(root, 'cgroup.procs'))
    ? [root]
    : readdirSync(root)
        .map((name) => join(root, name))
        .filter((path) => existsSync(join(path, 'cgroup.procs')));

/**
 * All pods together weigh as much as two busy processes outside, which is nothing on a machine that is busy with other things, and their probes
 * would not wait: they get the weight of as many processes as they are.
 */
const weigh = (group: string): void => {
  for (const [file, weight] of [
    ['cpu.shares', '20480'],
    ['cpu.weight', '2000'],
  ] as const)
    if (existsSync(join(group, file))) writeFileSync(join(group, file), weight);
};

/** Makes it where it is missing. */
export const controlGroupOf = (name: string): ControlGroup => {
  const groups = hierarchies().map((path) => join(path, name));
  for (const group of groups) {
    mkdirSync(group, { recursive: true });
    weigh(group);
  }
  return {
    name: `/${name}`,
    kill: () => {
      for (const group of groups)
        for (const file of readdirSync(group, { recursive: true, encoding: 'utf8' }))
          if (file.endsWith('cgroup.procs'))
            for (const pid of readFileSync(join(group, file), 'utf8').split('\n').filter(Boolean))
              end(Number(pid));
    },
    remove: async () => {
      for (const group of groups)
        await attempt('find', [group, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
    },
  };
};

const end = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
};
