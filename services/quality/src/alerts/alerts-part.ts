/** Alerts as a part: the board is looked at every few seconds, what changes is kept, told and shown. */
import { alertSeverities } from '@millrace/operations';
import { followFile } from '@millrace/runtime';
import type { Part, PartContext } from '../part.ts';
import type { AlertChange } from './alert-book.ts';
import { alertsTable, createAlertLog } from './alert-log.ts';
import { registerAlertRoutes } from './alert-routes.ts';
import { createAlertState } from './alert-state.ts';
import { createAlertStore } from './alert-store.ts';
import type { Links } from './notification.ts';
import {
  type NotificationSettings,
  noNotifications,
  readNotifications,
} from './notifications-file.ts';
import { createTeller } from './tell.ts';

/** What changes within is one notification. */
const everyMs = 5000;

const linksOf = ({ config }: PartContext): Links => {
  const own = config.publicUrl ?? `http://${config.host}:${config.port}`;
  const runbooks = config.runbooksUrl ?? `${own.replace(/\/+$/, '')}/api/v1/runbooks`;
  return { console: own, runbook: (name) => `${runbooks.replace(/\/+$/, '')}/${name}.md` };
};

/** Rejects with `config.notifications-invalid` for a file that is wrong at the start. */
export const createAlertsPart = async (context: PartContext): Promise<Part> => {
  const { config, connection, admin, history, outputs, clickhouse, board } = context;
  const { audit, metrics, clock, logger, signal } = context;
  const links = linksOf(context);
  const shared = { links, metrics, clock, logger, signal };
  let settings = noNotifications;
  let teller = createTeller(settings, shared);
  if (config.notificationsFile !== undefined)
    await followFile<NotificationSettings>(config.notificationsFile, {
      what: 'notifications',
      read: (path) => readNotifications(path, process.env),
      take: (read) => {
        teller.close();
        settings = read;
        teller = createTeller(read, shared);
      },
      ...{ clock, logger, signal },
    });
  const store = createAlertStore({ connection, admin, topic: config.alertsTopic, logger });
  const timingOf = (name: string) => settings.timingOf(name);
  const state = createAlertState({ store, nowMs: clock.nowMs, timingOf });
  const table = history.table(alertsTable);
  const log = createAlertLog({ table, outputs, clickhouse, logger });
  /** On their way to channels: not reminded of again meanwhile. What is new of them goes behind it. */
  const telling = new Set<string>();

  const tell = async (changes: readonly AlertChange[]): Promise<void> => {
    const ids = changes.map(({ alert }) => alert.id);
    for (const id of ids) telling.add(id);
    try {
      await state.told(await teller.tell(changes, state.silences));
    } catch (error) {
      logger.warn({ err: error }, 'who was told could not be kept');
    }
    for (const id of ids) telling.delete(id);
  };
  const round = async (): Promise<void> => {
    await state.open();
    const changes = state.round(board.open);
    for (const severity of alertSeverities) {
      const isSo = (one: { readonly severity: string }) => one.severity === severity;
      metrics.openAlerts.set({ severity }, state.alerts.filter(isSo).length);
      metrics.openConditions.set({ severity }, board.open.filter(isSo).length);
    }
    await store.putAlerts(changes.filter(({ kind }) => kind !== 'due').map(({ alert }) => alert));
    await log.append(changes, clock.nowMs());
    const isReminder = (kind: AlertChange['kind']) => kind === 'due' || kind === 'repeated';
    void tell(changes.filter(({ kind, alert }) => !isReminder(kind) || !telling.has(alert.id)));
    await teller.tellStanding(state.alerts, state.silences);
  };

  return {
    watches: [{ name: 'alerts', everyMs, round }],
    register: (server) =>
      registerAlertRoutes(server, { state, log, audit, clock, runbook: links.runbook }),
    close: async () => {
      teller.close();
      await store.close();
    },
  };
};
