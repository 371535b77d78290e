/**
 * The file of channels, routes and times, checked; secrets come from the environment as `${NAME}`. Who follows it when it
 * changes is alerts-part.ts.
 */
import { readFile } from 'node:fs/promises';
import { MillraceError } from '@millrace/contracts';
import { alertSeverities } from '@millrace/operations';
import { parse, type YAMLParseError } from 'yaml';
import { z } from 'zod';
import type { AlertTiming } from './alert-timing.ts';

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const duration = z
  .string()
  .regex(/^\d+[smhd]$/, 'is no duration such as 30s, 5m, 4h')
  .transform((text) => Number(text.slice(0, -1)) * units[text.at(-1) as keyof typeof units]);
const httpUrl = z.url({ protocol: /^https?$/ });
const severity = z.enum(alertSeverities);

const channel = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('webhook'), url: httpUrl, secret: z.string().optional() }),
  z.strictObject({ kind: z.literal('slack'), url: httpUrl }),
  z.strictObject({ kind: z.literal('alertmanager'), url: httpUrl }),
  z.strictObject({
    kind: z.literal('email'),
    smtp: z.url({ protocol: /^smtps?$/ }),
    from: z.string().min(3),
    to: z.array(z.string().min(3)).min(1),
  }),
]);
const route = z.strictObject({
  to: z.string(),
  /** That and graver. */
  severity: severity.optional(),
  /** Patterns; `*` stands for any text. */
  name: z.string().optional(),
  subject: z.string().optional(),
  /** Of the contract. */
  domain: z.string().optional(),
});
const timing = z.strictObject({
  pending: duration.optional(),
  hold: duration.optional(),
  repeat: z.union([duration, z.literal('never')]).optional(),
  severity: severity.optional(),
  off: z.boolean().optional(),
});
const file = z.strictObject({
  channels: z.record(z.string(), channel).default({}),
  routes: z.array(route).default([]),
  defaults: timing.pick({ pending: true, hold: true, repeat: true }).default({}),
  alerts: z.record(z.string(), timing).default({}),
});

export type ChannelSettings = z.infer<typeof channel>;
export type Route = z.infer<typeof route>;

export interface NotificationSettings {
  readonly channels: Readonly<Record<string, ChannelSettings>>;
  readonly routes: readonly Route[];
  timingOf(name: string): AlertTiming;
}

/** Where the file says nothing else, and without one. */
const usual: AlertTiming = { pendingMs: 60_000, holdMs: 120_000, repeatMs: 4 * 3_600_000 };

const timingsOf =
  ({ defaults, alerts }: Pick<z.infer<typeof file>, 'defaults' | 'alerts'>) =>
  (name: string): AlertTiming => {
    const own = alerts[name] ?? {};
    const repeat = own.repeat ?? defaults.repeat ?? usual.repeatMs;
    return {
      pendingMs: own.pending ?? defaults.pending ?? usual.pendingMs,
      holdMs: own.hold ?? defaults.hold ?? usual.holdMs,
      repeatMs: repeat === 'never' ? Number.POSITIVE_INFINITY : repeat,
      ...(own.severity !== undefined && { severity: own.severity }),
      ...(own.off !== undefined && { off: own.off }),
    };
  };

export const noNotifications: NotificationSettings = {
  ...{ channels: {}, routes: [] },
  timingOf: timingsOf({ defaults: {}, alerts: {} }),
};

const invalid = (message: string) => new MillraceError('config.notifications-invalid', message);

/** `${NAME}` in any text becomes the variable's value. */
const withSecrets = (value: unknown, env: NodeJS.ProcessEnv): unknown => {
  if (typeof value === 'string')
    return value.replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const found = env[name];
      if (found === undefined) throw invalid(`The variable ${name} is not set.`);
      return found;
    });
  if (Array.isArray(value)) return value.map((one) => withSecrets(one, env));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, withSecrets(one, env)]),
    );
  return value;
};

/** Throws `config.notifications-invalid`; no message repeats a value, which may be a secret. */
export const parseNotifications = (text: string, env: NodeJS.ProcessEnv): NotificationSettings => {
  let document: unknown;
  try {
    document = parse(text) ?? {};
  } catch (error) {
    const { line = 1 } = (error as Partial<YAMLParseError>).linePos?.[0] ?? {};
    throw invalid(`It is no YAML, line ${line}.`);
  }
  const read = file.safeParse(withSecrets(document, env));
  if (!read.success) {
    const problems = read.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'the file'}: ${message}`,
    );
    throw invalid(problems.join('\n'));
  }
  const { channels, routes } = read.data;
  const lost = routes.find(({ to }) => !Object.hasOwn(channels, to));
  if (lost !== undefined) throw invalid(`routes: there is no channel ${lost.to}.`);
  return { channels, routes, timingOf: timingsOf(read.data) };
};

/** As `parseNotifications`; also for a file that cannot be read. */
export const readNotifications = async (
  path: string,
  env: NodeJS.ProcessEnv,
): Promise<NotificationSettings> => {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw invalid(error instanceof Error ? error.message : String(error));
  });
  return parseNotifications(text, env);
};
