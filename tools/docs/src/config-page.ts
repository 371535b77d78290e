import { describeConfig, type SettingDescription } from '@millrace/runtime';
import { code, page, table } from './markdown.ts';
import type { ServiceDeclarations } from './service-declarations.ts';

/** docs/reference/config.md: every environment variable, by service, as `--help` tells it. */
export const configPage = (services: readonly ServiceDeclarations[]): string =>
  page('Configuration', "each service's `src/config.ts`", [
    'Services are configured by environment variables alone. A duration is written `250ms`, `30s`, `5m`, `2h` or `7d`; a size `512KiB`, `10MiB` or `1GiB`; a list with commas. `<service> --help` prints the same.',
    ...services.map(({ name, config }) => `## ${name}\n\n${settingsTable(describeConfig(config))}`),
  ]);

const settingsTable = (settings: readonly SettingDescription[]): string =>
  table(
    ['Variable', 'Type', 'Default', 'What it is'],
    settings.map((setting) => [
      code(setting.env),
      type(setting),
      fallback(setting),
      setting.description + (setting.secret ? ' Secret: never printed.' : ''),
    ]),
  );

function type({ type, values, min, max }: SettingDescription): string {
  if (values !== undefined) return values.map(code).join(', ');
  if (type === 'port') return type;
  const range = [min && `from ${min}`, max && `to ${max}`].filter((bound) => bound !== undefined);
  return range.length === 0 ? type : `${type} ${range.join(' ')}`;
}

function fallback(setting: SettingDescription): string {
  if (setting.default) return code(setting.default);
  return setting.required ? '**required**' : 'none';
}
