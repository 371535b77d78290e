/** `<service>.settings` and `<service>.secretSettings`: the settings that a service declares, as values of the chart. */
import { type ConfigDeclaration, describeConfig, type SettingDescription } from '@millrace/runtime';
import { managedBy } from './managed-settings.ts';
import { closed, type JsonSchema, type Leaf, value } from './value.ts';

const DURATION = '^[0-9]{1,12} ?(ms|s|m|h|d)$';
const SIZE = '^[0-9]{1,12}( ?(B|KiB|MiB|GiB))?$';
/** Without user and password: those are secrets. */
const OPEN_URL = '^[a-z][a-z0-9+.-]*://[^@/?#]+([/?#].*)?$';

/** The settings of a service that are set by `settings` or `secretSettings`. */
export const ownSettings = (declaration: ConfigDeclaration): readonly SettingDescription[] =>
  describeConfig(declaration).filter(
    ({ name }) => managedBy(declaration.service, name) === undefined,
  );

const schemaOf = (declaration: ConfigDeclaration, setting: SettingDescription): JsonSchema => {
  const { min, max } = declaration.settings[setting.name] ?? {};
  const bounds = {
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
  };
  switch (setting.type) {
    case 'integer':
    case 'port':
      return { type: 'integer', ...bounds };
    case 'flag':
      return { type: 'boolean' };
    case 'enumeration':
      // yes and no without quotes are true and false in YAML as Helm reads it.
      return isYesOrNo(setting)
        ? { enum: [...(setting.values ?? []), true, false] }
        : { type: 'string', enum: setting.values };
    case 'list':
      return { type: 'array', items: { type: 'string', minLength: 1, pattern: '^[^,]*$' } };
    case 'duration':
      return { type: 'string', pattern: DURATION };
    case 'bytes':
      return {
        anyOf: [
          { type: 'string', pattern: SIZE },
          { type: 'integer', minimum: 0 },
        ],
      };
    case 'url':
      return { type: 'string', pattern: OPEN_URL };
    case 'string':
      return { type: 'string', minLength: 1 };
  }
};

const isYesOrNo = ({ values }: SettingDescription): boolean =>
  [...(values ?? [])].sort().join() === 'no,yes';

const described = (setting: SettingDescription): string => {
  const range = [setting.min && `from ${setting.min}`, setting.max && `to ${setting.max}`]
    .filter((bound) => bound !== undefined)
    .join(' ');
  const fallback = setting.default ? ` Default ${setting.default}.` : '';
  const unit = setting.unit && setting.type === 'integer' ? ` In ${setting.unit}.` : '';
  return `${setting.description}${unit}${range === '' ? '' : ` ${range}.`.replace(' f', ' F')}${fallback} (${setting.env})`;
};

/** `settings`: camelCase name → value, as the service's config.ts names it. Unknown names are refused. */
export const settingsOf = (declaration: ConfigDeclaration, fallback: object = {}): Leaf => {
  const open = ownSettings(declaration).filter(({ secret }) => !secret);
  const properties = Object.fromEntries(
    open.map((setting) => [
      setting.name,
      { description: described(setting), ...schemaOf(declaration, setting) },
    ]),
  );
  return value.of(
    `Settings of ${declaration.service} by their names in the code; docs/reference/config.md lists their variables.`,
    closed(properties),
    fallback,
  );
};

/** Settings whose value is a secret, or may be one: URLs, which can hold a password. */
const maySecret = ({ secret, type }: SettingDescription): boolean => secret || type === 'url';

/** `secretSettings`: camelCase name → where its value stands. */
export const secretSettingsOf = (declaration: ConfigDeclaration): Leaf => {
  const names = ownSettings(declaration).filter(maySecret);
  const from = closed(
    { name: { type: 'string', minLength: 1 }, key: { type: 'string', minLength: 1 } },
    ['name', 'key'],
  );
  return value.of(
    names.length === 0
      ? `Settings of ${declaration.service} whose values are secrets; it has none.`
      : `Settings of ${declaration.service} whose values are keys of Secrets: setting → {name, key}. ${names.map(({ name }) => name).join(', ')}.`,
    closed(
      Object.fromEntries(
        names.map((setting) => [setting.name, { description: described(setting), ...from }]),
      ),
    ),
    {},
  );
};
