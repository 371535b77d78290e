import { type Setting, setting } from './setting.ts';

/** Every setting of one service, by the name that its code uses. */
export interface ConfigDeclaration<S extends Settings = Settings> {
  /** As in the command line and in variable names, e.g. `stream-transform`. */
  readonly service: string;
  readonly settings: S;
}

// biome-ignore lint/suspicious/noExplicitAny: Setting is invariant in T; a declaration mixes all kinds.
export type Settings = Readonly<Record<string, Setting<any>>>;

/** The values that `readConfig` gives for a declaration. */
export type ConfigOf<D> =
  D extends ConfigDeclaration<infer S>
    ? { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never }
    : never;

/** What `runService` itself needs of every service. */
export type ServiceSettings = {
  readonly adminPort: Setting<number>;
  readonly stopDeadlineMs: Setting<number>;
  readonly logLevel: Setting<'debug' | 'info' | 'warn' | 'error'>;
};

/** `MILLRACE_<SERVICE>_`, the beginning of every variable that is the service's own. */
export const variablePrefix = (service: string): string =>
  `MILLRACE_${service.toUpperCase().replaceAll('-', '_')}_`;

/**
 * Declares a service's settings once. The admin port, the stop deadline and the log level are added,
 * since every service has them.
 */
export const defineConfig = <S extends Settings>(
  service: string,
  settings: S,
): ConfigDeclaration<S & ServiceSettings> => ({
  service,
  settings: { ...settings, ...serviceSettings(service) },
});

/** The settings that every service has; `defineConfig` adds them. */
export const serviceSettings = (service: string): ServiceSettings => ({
  adminPort: setting.port({
    env: `${variablePrefix(service)}ADMIN_PORT`,
    default: 0,
    description:
      'Port of /livez, /readyz and /metrics. 0 takes a free one; the started line tells which.',
  }),
  stopDeadlineMs: setting.duration({
    env: `${variablePrefix(service)}STOP_DEADLINE`,
    default: 30_000,
    min: 100,
    description: 'How long a stop may take before the process ends with exit code 1.',
  }),
  logLevel: setting.enumeration({
    env: 'MILLRACE_LOG_LEVEL',
    values: ['debug', 'info', 'warn', 'error'],
    default: 'info',
    description: 'The least severe level that is logged. Normal work is silent at info.',
  }),
});
