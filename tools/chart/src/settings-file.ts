/**
 * files/settings.json: what templates need to make a variable of a setting: its name, its kind, and the bounds of durations
 * and sizes, which a JSON schema cannot compare.
 */
import { describeConfig } from '@millrace/runtime';
import type { Declarations } from './values/chart-values.ts';

/** Bounds are in milliseconds or bytes. */
export interface SettingEntry {
  readonly env: string;
  readonly kind: string;
  readonly min?: number;
  readonly max?: number;
}

const entriesOf = (declaration: Declarations[string]): Record<string, SettingEntry> =>
  Object.fromEntries(
    describeConfig(declaration).map(({ name, env, type }) => {
      const { min, max } = declaration.settings[name] ?? {};
      return [
        name,
        {
          ...{ env, kind: type },
          ...(min === undefined ? {} : { min }),
          ...(max === undefined ? {} : { max }),
        },
      ];
    }),
  );

/** Service → setting → entry, as text of JSON. */
export const renderSettingsFile = (declarations: Declarations): string => {
  const services = Object.entries(declarations).map(([service, declaration]) => [
    service,
    entriesOf(declaration),
  ]);
  return `${JSON.stringify(Object.fromEntries(services), undefined, 1)}\n`;
};
