/**
 * What a value of the chart is: a type, a default and a description, said once. values.yaml, values.schema.json and the
 * README's table are made of it (render-*.ts); what values there are is in the files beside this one.
 */

/** JSON Schema, draft 7, as Helm reads it. Patterns are Go's: no look-ahead. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** One value that a user may set. */
export interface Leaf {
  readonly is: 'leaf';
  readonly description: string;
  readonly schema: JsonSchema;
  readonly default: unknown;
}

/** Values under one name; others are refused. */
export interface Group {
  readonly is: 'group';
  readonly description: string;
  readonly fields: Readonly<Record<string, Value>>;
}

export type Value = Leaf | Group;

type Fields = Readonly<Record<string, Value>>;

const leaf = (description: string, schema: JsonSchema, fallback: unknown): Leaf => ({
  is: 'leaf',
  description,
  schema,
  default: fallback,
});

/** Makers of values, one a kind. */
export const value = {
  group: (description: string, fields: Fields): Group => ({ is: 'group', description, fields }),

  /** Text; `pattern` must match what is given. */
  text: (description: string, fallback = '', schema: JsonSchema = {}): Leaf =>
    leaf(description, { type: 'string', ...schema }, fallback),

  oneOf: (description: string, words: readonly string[], fallback: string): Leaf =>
    leaf(description, { type: 'string', enum: words }, fallback),

  flag: (description: string, fallback: boolean): Leaf =>
    leaf(description, { type: 'boolean' }, fallback),

  /** A whole number within bounds, both inclusive. */
  count: (description: string, fallback: number, minimum: number, maximum?: number): Leaf =>
    leaf(
      description,
      { type: 'integer', minimum, ...(maximum === undefined ? {} : { maximum }) },
      fallback,
    ),

  /** A list; each item of the given schema. */
  list: (description: string, items: JsonSchema, fallback: readonly unknown[] = []): Leaf =>
    leaf(description, { type: 'array', items }, fallback),

  /** Names with values of one schema. */
  map: (description: string, values: JsonSchema, fallback: object = {}): Leaf =>
    leaf(description, { type: 'object', additionalProperties: values }, fallback),

  /** A part of an object of Kubernetes, passed on as it is; the API server checks it. */
  asInKubernetes: (description: string, type: 'object' | 'array', fallback?: unknown): Leaf =>
    leaf(description, { type }, fallback ?? (type === 'array' ? [] : {})),

  /** Anything that a schema says. */
  of: leaf,
};

/** A size of a volume or of memory, as Kubernetes writes it. */
export const quantity: JsonSchema = {
  type: 'string',
  pattern: '^[0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$',
};

/** A name of an object of Kubernetes, or nothing. */
export const objectName: JsonSchema = {
  type: 'string',
  pattern: '^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)?$',
};

/** A key of a Secret: which one, and where in it. Values hold no secrets themselves. */
export const secretKey = (description: string, key: string): Group =>
  value.group(description, {
    name: value.text('Name of a Secret that exists in the namespace.', '', objectName),
    key: value.text('Key in it.', key, { minLength: 1 }),
  });

/** Closed object with the given properties, for items of lists. */
export const closed = (
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...(required.length === 0 ? {} : { required }),
});
