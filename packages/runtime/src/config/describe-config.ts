import type { ConfigDeclaration } from './declaration.ts';
import type { Setting, SettingKind } from './setting.ts';
import { formatBytes, formatDuration } from './value-parser.ts';

/** One setting as data: for the reference page and the chart's schema. */
export interface SettingDescription {
  readonly name: string;
  readonly env: string;
  readonly type: SettingKind;
  readonly unit?: string;
  /** As it would be written in the environment. */
  readonly default?: string;
  readonly required: boolean;
  readonly secret: boolean;
  readonly min?: string;
  readonly max?: string;
  readonly values?: readonly string[];
  readonly description: string;
}

/** Every setting of a declaration as plain data, in the order of declaration. */
export const describeConfig = (declaration: ConfigDeclaration): readonly SettingDescription[] =>
  Object.entries(declaration.settings).map(([name, setting]) => ({
    name,
    env: setting.env,
    type: setting.kind,
    ...(setting.unit === undefined ? {} : { unit: setting.unit }),
    ...(setting.default === undefined || setting.secret
      ? {}
      : { default: asText(setting, setting.default) }),
    required: setting.required,
    secret: setting.secret,
    ...(setting.min === undefined ? {} : { min: asText(setting, setting.min) }),
    ...(setting.max === undefined ? {} : { max: asText(setting, setting.max) }),
    ...(setting.values === undefined ? {} : { values: setting.values }),
    description: setting.description,
  }));

/** What `--help` prints: the service's purpose, its options and every setting. */
export const renderHelp = (
  name: string,
  description: string,
  declaration: ConfigDeclaration,
): string => {
  const settings = describeConfig(declaration).flatMap((setting) => [
    `  ${setting.env}  (${remarks(setting).join('; ')})`,
    `      ${setting.description}`,
  ]);
  return [
    `millrace ${name}: ${description}`,
    '',
    'Options:',
    '  --help    print this and exit',
    '',
    'Settings, by environment variables:',
    ...settings,
    '',
    'Exit codes: 0 stopped as asked, 1 failed, 2 misused.',
    '',
  ].join('\n');
};

const remarks = (setting: SettingDescription): readonly string[] => [
  setting.values === undefined ? setting.type : setting.values.join(' | '),
  setting.default === undefined
    ? setting.required
      ? 'required'
      : 'optional'
    : `default ${setting.default}`,
  ...(setting.secret ? ['secret'] : []),
];

const asText = (setting: Setting<unknown>, value: unknown): string => {
  if (setting.kind === 'duration') return formatDuration(value as number);
  if (setting.kind === 'bytes') return formatBytes(value as number);
  return Array.isArray(value) ? value.join(',') : String(value);
};
