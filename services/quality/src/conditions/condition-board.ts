/**
 * What is not well now. Parts raise and clear; who needs to be told, when, and how often is the matter of alerts. A
 * condition that is raised again with the same key is the same one, with its first moment.
 */
import type { AlertSeverity, ConditionName } from '@millrace/operations';

export interface Condition {
  /** The same for as long as the same thing is wrong: `lag:millrace.sink`. */
  readonly key: string;
  /** Names the runbook, and the rule of Prometheus that tells the same where there is one. */
  readonly name: ConditionName;
  readonly severity: AlertSeverity;
  /** A group, a contract, a slot. */
  readonly subject: string;
  readonly contract?: string;
  /** One line with the figures. */
  readonly summary: string;
}

export interface OpenCondition extends Condition {
  readonly sinceMs: number;
}

export interface ConditionBoard {
  raise(condition: Condition): void;
  clear(key: string): void;
  /** Clears all whose key begins so and is not among these: what a round did not find any more. */
  keepOnly(prefix: string, keys: ReadonlySet<string>): void;
  readonly open: readonly OpenCondition[];
}

export const createConditionBoard = (nowMs: () => number): ConditionBoard => {
  const conditions = new Map<string, OpenCondition>();
  return {
    raise: (condition) => {
      const sinceMs = conditions.get(condition.key)?.sinceMs ?? nowMs();
      conditions.set(condition.key, { ...condition, sinceMs });
    },
    clear: (key) => {
      conditions.delete(key);
    },
    keepOnly: (prefix, keys) => {
      for (const key of conditions.keys())
        if (key.startsWith(prefix) && !keys.has(key)) conditions.delete(key);
    },
    get open() {
      return [...conditions.values()];
    },
  };
};
