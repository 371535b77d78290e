/**
 * One setting: a name in the environment, a type, a unit, a default and a description, said once. Help,
 * error messages, the generated reference page and the chart's schema all read this. Reading a whole
 * declaration is read-config.ts; the kinds of values are value-parser.ts.
 */
import {
  type Parsed,
  parseBytes,
  parseDuration,
  parseFlag,
  parseInteger,
  parseUrl,
} from './value-parser.ts';

export type SettingKind =
  | 'string'
  | 'integer'
  | 'duration'
  | 'port'
  | 'bytes'
  | 'list'
  | 'url'
  | 'enumeration'
  | 'flag';

export interface Setting<T> {
  readonly kind: SettingKind;
  /** The whole name of the environment variable. */
  readonly env: string;
  readonly description: string;
  /** Of the value that the code gets: `ms` for durations, `bytes` for sizes. */
  readonly unit?: string;
  readonly required: boolean;
  readonly default?: T;
  readonly min?: number;
  readonly max?: number;
  readonly values?: readonly string[];
  /** Never printed: not in help, not in errors. */
  readonly secret: boolean;
  /** A correct value, for messages. */
  readonly example: string;
  parse(text: string): Parsed<T>;
}

interface Named {
  readonly env: string;
  readonly description: string;
  readonly unit?: string;
  readonly secret?: boolean;
}
interface Bounds {
  readonly min?: number;
  readonly max?: number;
}
/** With a default the setting always has a value; `optional` allows none; else it must be given. */
type Given<T> = { readonly default: T };
type Optional = { readonly optional: true };
type Required = { readonly default?: never; readonly optional?: never };

type Options<T, Extra> = Named & Extra & (Given<T> | Optional | Required);

/** `undefined` belongs to the type only where the options say `optional: true`. */
type Value<T, O> = O extends Optional ? T | undefined : T;

const make = <T, O>(
  kind: SettingKind,
  options: Named & Bounds & { readonly default?: T; readonly optional?: true },
  example: string,
  parse: (text: string) => Parsed<T>,
  extra: { values?: readonly string[]; unit?: string } = {},
): Setting<Value<T, O>> => {
  const unit = options.unit ?? extra.unit;
  return {
    kind,
    env: options.env,
    description: options.description,
    required: options.default === undefined && options.optional !== true,
    secret: options.secret ?? false,
    example,
    // `Value` only adds `undefined`, for when the variable is not set.
    parse: parse as (text: string) => Parsed<Value<T, O>>,
    ...(options.default === undefined ? {} : { default: options.default as Value<T, O> }),
    ...(unit === undefined ? {} : { unit }),
    ...(options.min === undefined ? {} : { min: options.min }),
    ...(options.max === undefined ? {} : { max: options.max }),
    ...(extra.values === undefined ? {} : { values: extra.values }),
  };
};

/** Makers of settings, one a kind of value. */
export const setting = {
  /** Text as it stands. */
  string: <const O extends Options<string, unknown>>(options: O) =>
    make<string, O>('string', options, 'text', (text) => ({ ok: true, value: text })),

  /** A whole number; `min` and `max` are inclusive. */
  integer: <const O extends Options<number, Bounds>>(options: O) =>
    make<number, O>('integer', options, '100', (text) => parseInteger(text, options)),

  /** `250ms`, `30s`, `5m`, `2h`, `7d`; the value is milliseconds, and so are `min`, `max`, `default`. */
  duration: <const O extends Options<number, Bounds>>(options: O) =>
    make<number, O>('duration', options, '30s', (text) => parseDuration(text, options), {
      unit: 'ms',
    }),

  /** A TCP port; 0 lets the system choose a free one. */
  port: <const O extends Options<number, unknown>>(options: O) =>
    make<number, O>('port', { ...options, min: 0, max: 65_535 }, '8080', (text) =>
      parseInteger(text, { min: 0, max: 65_535 }),
    ),

  /** `512KiB`, `10MiB`, `1GiB` or a plain number; the value is bytes, and so are `min`, `max`, `default`. */
  bytes: <const O extends Options<number, Bounds>>(options: O) =>
    make<number, O>('bytes', options, '10MiB', (text) => parseBytes(text, options), {
      unit: 'bytes',
    }),

  /** Words separated by commas; blanks around them are dropped. */
  list: <const O extends Options<readonly string[], unknown>>(options: O) =>
    make<readonly string[], O>('list', options, 'one,two', (text) => {
      const words = text.split(',').map((word) => word.trim());
      return { ok: true, value: words.filter((word) => word !== '') };
    }),

  /** An absolute URL with one of the given schemes. A user or password in it is refused, unless it is declared as secret. */
  url: <const O extends Options<string, { readonly schemes: readonly string[] }>>(options: O) =>
    make<string, O>('url', options, `${options.schemes[0]}://host:port`, (text) =>
      parseUrl(text, options.schemes, options.secret ?? false),
    ),

  /** One of the given words. */
  enumeration: <
    const W extends readonly [string, ...string[]],
    const O extends Options<W[number], unknown>,
  >(
    options: O & { readonly values: W },
  ) =>
    make<W[number], O>(
      'enumeration',
      options,
      options.values[0],
      (text) =>
        options.values.includes(text)
          ? { ok: true, value: text }
          : { ok: false, problem: `is not one of ${options.values.join(', ')}` },
      { values: options.values },
    ),

  /** `true` or `false`. */
  flag: <const O extends Options<boolean, unknown>>(options: O) =>
    make<boolean, O>('flag', options, 'true', parseFlag),
};
