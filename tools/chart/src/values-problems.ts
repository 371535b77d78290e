/** Whether values are what the chart takes, without Helm: laid over values.yaml and judged by the chart's schema. Renders nothing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';

/** What the schema has against the values, each with its place. @param root the repository's root */
export function valuesProblems(root: string, values: unknown): readonly string[] {
  const read = (file: string) => readFileSync(join(root, 'charts/millrace', file), 'utf8');
  const validate = new Ajv({ strict: false, allErrors: true }).compile(
    JSON.parse(read('values.schema.json')) as object,
  );
  validate(overlay(parse(read('values.yaml')), values));
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath || '/'} ${message} ${Object.values(params as object).join(' ')}`,
  );
}

/** As Helm does it: maps are merged, all else is replaced. */
function overlay(under: unknown, over: unknown): unknown {
  if (!isMap(under) || !isMap(over)) return over ?? under;
  const keys = [...new Set([...Object.keys(under), ...Object.keys(over)])];
  return Object.fromEntries(keys.map((key) => [key, overlay(under[key], over[key])]));
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
