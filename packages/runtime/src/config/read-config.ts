import { MillraceError, nearestWord } from '@millrace/contracts';
import { type ConfigDeclaration, type ConfigOf, variablePrefix } from './declaration.ts';
import type { Setting } from './setting.ts';

/**
 * Every value of a declaration out of an environment. An empty variable counts as unset.
 * Throws `config.invalid` with every problem at once, one a line; each names the variable, what is wrong
 * and what to do. A secret's value never appears.
 */
export const readConfig = <D extends ConfigDeclaration>(
  declaration: D,
  env: Readonly<Record<string, string | undefined>>,
): ConfigOf<D> => {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(declaration.settings)) {
    const text = env[setting.env]?.trim() ?? '';
    if (text === '') {
      if (setting.required) problems.push(missing(setting));
      values[name] = setting.default;
      continue;
    }
    const parsed = setting.parse(text);
    if (parsed.ok) values[name] = parsed.value;
    else problems.push(wrong(setting, text, parsed.problem));
  }
  if (problems.length > 0) throw new MillraceError('config.invalid', problems.join('\n'));
  return values as ConfigOf<D>;
};

export interface UnknownVariable {
  readonly name: string;
  readonly nearest?: string;
}

/** What commands read of the environment, where it begins as a service's settings do. */
const ofCommands: readonly string[] = ['MILLRACE_QUALITY_URL', 'MILLRACE_QUALITY_TOKEN'];
/** So many letters are a slip in a setting that all share. Others of that beginning are Kubernetes' or other programs'. */
const SLIP_MAX = 2;

/** Variables that the service does not know: all that begin with its prefix, and slips in the settings of Kafka and the like. */
export const unknownVariables = (
  declaration: ConfigDeclaration,
  env: Readonly<Record<string, string | undefined>>,
): readonly UnknownVariable[] => {
  const prefix = variablePrefix(declaration.service);
  const known = Object.values(declaration.settings).map((setting) => setting.env);
  return Object.keys(env)
    .filter((name) => name.startsWith('MILLRACE_') && !known.includes(name))
    .filter((name) => !ofCommands.includes(name))
    .flatMap((name) => {
      if (!name.startsWith(prefix)) {
        const shared = known.filter((one) => !one.startsWith(prefix));
        const slip = nearestWord(name, shared, SLIP_MAX);
        return slip === undefined ? [] : [{ name, nearest: slip }];
      }
      const nearest = nearestWord(name, known);
      return [nearest === undefined ? { name } : { name, nearest }];
    });
};

const missing = (setting: Setting<unknown>): string =>
  `${setting.env} is not set. ${setting.description} Set it, e.g. ${setting.env}=${setting.example}`;

const wrong = (setting: Setting<unknown>, text: string, problem: string): string =>
  `${setting.env}=${shown(setting, text)} ${problem}. ${setting.description} Set it to, e.g., ${setting.example}`;

/** A URL is shown without its user part: that is where the password is. */
const shown = (setting: Setting<unknown>, text: string): string => {
  if (setting.secret) return '(hidden)';
  return `'${setting.kind === 'url' ? text.replace(/\/\/[^/]*@/, '//(hidden)@') : text}'`;
};
