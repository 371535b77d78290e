/** Which groups are the platform's own, and from which lag on a group is late on a topic. */
import { type Contract, transformGroup } from '@millrace/contracts';

export interface KnownGroups {
  /** `sink`, `stream-transform <name>`; null for groups of others. */
  service(groupId: string): string | null;
  /** Age of the first record that is not done, seconds. */
  secondsMax(groupId: string, topic: string): number;
  /** Of the topic; undefined for topics without one. */
  contract(topic: string): Contract | undefined;
}

export interface KnownGroupsOptions {
  readonly contracts: readonly Contract[];
  readonly sinkGroup: string;
  /** Where no contract says it. */
  readonly secondsMax: number;
  /** From one look to the next: what is shorter than three of them cannot be told. */
  readonly intervalMs: number;
}

const transformPrefix = transformGroup('');

export const createKnownGroups = (options: KnownGroupsOptions): KnownGroups => {
  const contracts = new Map(options.contracts.map((one) => [one.topic.name, one]));
  return {
    service(groupId) {
      if (groupId === options.sinkGroup) return 'sink';
      if (!groupId.startsWith(transformPrefix)) return null;
      return `stream-transform ${groupId.slice(transformPrefix.length)}`;
    },
    secondsMax(groupId, topic) {
      // the objective is from accepted to queryable: that is the sink's way
      const latencyMs = groupId === options.sinkGroup ? contracts.get(topic)?.latencyMs : undefined;
      if (latencyMs === undefined) return options.secondsMax;
      return Math.max(latencyMs, 3 * options.intervalMs) / 1000;
    },
    contract: (topic) => contracts.get(topic),
  };
};
