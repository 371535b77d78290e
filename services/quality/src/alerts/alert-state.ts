/** Alerts and silences of one service: read back at the start, each change kept on Kafka before it is told. */
import type { Alert, Silence } from '@millrace/operations';
import type { OpenCondition } from '../conditions/condition-board.ts';
import { type AlertBook, type AlertChange, createAlertBook } from './alert-book.ts';
import type { AlertRecord } from './alert-record.ts';
import type { AlertStore } from './alert-store.ts';
import type { AlertTiming } from './alert-timing.ts';
import { silenceOf } from './silence.ts';

export interface AlertState {
  /** Reads what is kept; tried anew by the next round while Kafka is away. */
  open(): Promise<void>;
  round(conditions: readonly OpenCondition[]): readonly AlertChange[];
  told(ids: readonly string[]): Promise<void>;
  /** Undefined when no such alert is open. */
  acknowledge(id: string, by: string): Promise<AlertRecord | undefined>;
  silence(silence: Silence): Promise<void>;
  /** False when there is none of this id. */
  endSilence(id: string): Promise<boolean>;
  readonly alerts: readonly AlertRecord[];
  readonly silences: readonly Silence[];
}

/** After a start every part has looked at everything by then. */
const settledAfterMs = 180_000;

export const createAlertState = (options: {
  readonly store: AlertStore;
  readonly nowMs: () => number;
  timingOf(name: string): AlertTiming;
}): AlertState => {
  const { store, nowMs, timingOf } = options;
  let book: AlertBook | undefined;
  const silences = new Map<string, Silence>();
  const startedMs = nowMs();

  return {
    open: async () => {
      if (book !== undefined) return;
      const stored = await store.read();
      for (const silence of stored.silences) silences.set(silence.id, silence);
      book = createAlertBook({
        ...{ timingOf, restored: stored.alerts, settledMs: startedMs + settledAfterMs },
      });
    },
    round: (conditions) => book?.round(conditions, nowMs()) ?? [],
    told: async (ids) => {
      const now = nowMs();
      book?.told(ids, now);
      await store.putAlerts(ids.flatMap((id) => book?.find(id) ?? []));
    },
    acknowledge: async (id, by) => {
      const alert = book?.acknowledge(id, by);
      if (alert !== undefined) await store.putAlerts([alert]);
      return alert;
    },
    silence: async (silence) => {
      await store.putSilence(silence);
      silences.set(silence.id, silence);
    },
    endSilence: async (id) => {
      if (!silences.has(id)) return false;
      await store.removeSilence(id);
      return silences.delete(id);
    },
    get alerts() {
      return book?.open ?? [];
    },
    get silences() {
      const now = nowMs();
      return [...silences.values()].filter(({ untilMs }) => untilMs > now);
    },
  };
};

/** As the API shows it. */
export const alertView = (
  alert: AlertRecord,
  silences: readonly Silence[],
  nowMs: number,
  runbook: (name: string) => string,
): Alert => ({
  ...{ id: alert.id, name: alert.name, severity: alert.severity, subject: alert.subject },
  ...{ contract: alert.contract, summary: alert.summary, sinceMs: alert.sinceMs },
  ...{ endedMs: alert.endedMs, acknowledgedBy: alert.acknowledgedBy },
  silence: silenceOf(silences, alert, nowMs)?.id ?? null,
  runbook: runbook(alert.name),
});
