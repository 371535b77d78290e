/**
 * From conditions to alerts: which fire, which end, of which somebody is to be told again. A state machine without clock
 * and without I/O; who is told and how is notify.ts.
 */
import { alertSeverities } from '@millrace/operations';
import type { OpenCondition } from '../conditions/condition-board.ts';
import type { AlertRecord } from './alert-record.ts';
import type { AlertTiming } from './alert-timing.ts';

/** `due`: it fired before, and nobody has been told yet. */
export type AlertChangeKind = 'fired' | 'due' | 'graver' | 'repeated' | 'ended';

export interface AlertChange {
  readonly kind: AlertChangeKind;
  readonly alert: AlertRecord;
}

export interface AlertBook {
  /** What changed since the last round. An alert is due in each round until it is `told`. */
  round(open: readonly OpenCondition[], nowMs: number): readonly AlertChange[];
  /** Channels have been told. */
  told(ids: Iterable<string>, nowMs: number): void;
  /** Undefined when no such alert is open. */
  acknowledge(id: string, by: string): AlertRecord | undefined;
  readonly open: readonly AlertRecord[];
  find(id: string): AlertRecord | undefined;
}

export interface AlertBookOptions {
  timingOf(name: string): AlertTiming;
  /** Alerts that were open when the service ended. */
  readonly restored: readonly AlertRecord[];
  /** Until then nothing that was restored ends: not everything has been looked at again. */
  readonly settledMs: number;
}

const graver = (a: AlertRecord, b: OpenCondition): boolean =>
  alertSeverities.indexOf(b.severity) > alertSeverities.indexOf(a.severity);

export const createAlertBook = (options: AlertBookOptions): AlertBook => {
  const alerts = new Map<string, AlertRecord>(options.restored.map((alert) => [alert.id, alert]));
  const lastSeenMs = new Map<string, number>();

  /** The condition is there: a new alert, or what is new of a known one. */
  const see = (condition: OpenCondition, nowMs: number): AlertChange | undefined => {
    const timing = options.timingOf(condition.name);
    if (timing.off === true) return undefined;
    const { key: id, name, subject, summary, sinceMs, contract = null } = condition;
    const severity = timing.severity ?? condition.severity;
    lastSeenMs.set(id, nowMs);
    const known = alerts.get(id);
    if (known === undefined) {
      if (nowMs - sinceMs < timing.pendingMs) return undefined;
      const alert: AlertRecord = {
        ...{ id, name, severity, subject, contract, summary, sinceMs, firedMs: nowMs },
        ...{ endedMs: null, acknowledgedBy: null, toldMs: null },
      };
      alerts.set(id, alert);
      return { kind: 'fired', alert };
    }
    const isGraver = graver(known, { ...condition, severity });
    const alert = {
      ...known,
      summary,
      severity,
      // who took a warning on has not taken on what became of it
      ...(isGraver && { toldMs: null, acknowledgedBy: null }),
    };
    alerts.set(id, alert);
    if (isGraver) return { kind: 'graver', alert };
    if (alert.toldMs === null) return { kind: 'due', alert };
    const isDue = alert.acknowledgedBy === null && nowMs - alert.toldMs >= timing.repeatMs;
    return isDue ? { kind: 'repeated', alert } : undefined;
  };

  /** The condition is away. */
  const miss = (alert: AlertRecord, nowMs: number): AlertChange | undefined => {
    const seenMs = lastSeenMs.get(alert.id);
    if (seenMs === undefined && nowMs < options.settledMs) return undefined;
    const timing = options.timingOf(alert.name);
    const awayMs = nowMs - (seenMs ?? options.settledMs);
    if (timing.off !== true && awayMs < timing.holdMs) return undefined;
    alerts.delete(alert.id);
    lastSeenMs.delete(alert.id);
    return { kind: 'ended', alert: { ...alert, endedMs: nowMs } };
  };

  return {
    round: (open, nowMs) => {
      const changes = open.map((condition) => see(condition, nowMs));
      const here = new Set(
        open.filter(({ name }) => options.timingOf(name).off !== true).map(({ key }) => key),
      );
      for (const alert of [...alerts.values()])
        if (!here.has(alert.id)) changes.push(miss(alert, nowMs));
      return changes.filter((change) => change !== undefined);
    },
    told: (ids, nowMs) => {
      for (const id of ids) {
        const alert = alerts.get(id);
        if (alert !== undefined) alerts.set(id, { ...alert, toldMs: nowMs });
      }
    },
    acknowledge: (id, by) => {
      const alert = alerts.get(id);
      if (alert === undefined) return undefined;
      const taken = { ...alert, acknowledgedBy: by };
      alerts.set(id, taken);
      return taken;
    },
    get open() {
      return [...alerts.values()];
    },
    find: (id) => alerts.get(id),
  };
};
