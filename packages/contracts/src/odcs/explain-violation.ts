import type { ErrorObject } from 'ajv';
import { suggestWord } from '../nearest-word.ts';
import type { DocumentPath } from './source-document.ts';

/**
 * JSON Schema violations as sentences. Several violations of one mistake become one: a failing `oneOf`
 * and a word called unknown only because its neighbour is wrong say nothing to a person.
 */
export interface Violation {
  readonly path: DocumentPath;
  readonly rule: string;
  readonly message: string;
  readonly remedy: string;
}

type JsonSchema = Readonly<Record<string, unknown>>;

/** Keywords that only wrap others; what failed inside them is reported by itself. */
const wrappers = ['if', 'oneOf', 'anyOf', 'allOf', '$ref'];

const pathOf = (error: ErrorObject, root: unknown): DocumentPath => {
  let at: unknown = root;
  return error.instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((part) => {
      const key = Array.isArray(at) ? Number(part) : part;
      at = (at as Record<string | number, unknown> | undefined)?.[key];
      return key;
    });
};

/** Every property name that a schema speaks of at its own level, through its references and branches. */
const declaredWords = (schema: unknown, root: JsonSchema, seen = new Set<unknown>()): string[] => {
  if (typeof schema !== 'object' || schema === null || seen.has(schema)) return [];
  seen.add(schema);
  const { properties, $ref, allOf, anyOf, oneOf, then, else: otherwise } = schema as JsonSchema;
  const referred =
    typeof $ref === 'string'
      ? $ref
          .split('/')
          .slice(1)
          .reduce<unknown>((at, key) => (at as JsonSchema | undefined)?.[key], root)
      : undefined;
  const parts = [referred, then, otherwise, ...[allOf, anyOf, oneOf].flatMap((list) => list ?? [])];
  return [
    ...Object.keys((properties as object | undefined) ?? {}),
    ...parts.flatMap((part) => declaredWords(part, root, seen)),
  ];
};

const explainUnknownWord = (
  error: ErrorObject,
  path: DocumentPath,
  root: JsonSchema,
): Violation | undefined => {
  const { additionalProperty, unevaluatedProperty } = error.params as Record<string, string>;
  const word = additionalProperty ?? unevaluatedProperty ?? '';
  const words = [...new Set(declaredWords(error.parentSchema, root))];
  if (words.includes(word)) return undefined;
  return {
    path: [...path, word],
    rule: 'unknown-word',
    message: `${word} is not known here.`,
    remedy: suggestWord(word, words),
  };
};

const explain = (
  error: ErrorObject,
  document: unknown,
  root: JsonSchema,
): Violation | undefined => {
  const path = pathOf(error, document);
  const params = error.params as Record<string, unknown>;
  const value = JSON.stringify(error.data);
  switch (error.keyword) {
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return explainUnknownWord(error, path, root);
    case 'required':
      return {
        path,
        rule: 'missing',
        message: `${params['missingProperty']} is missing.`,
        remedy: `Add ${params['missingProperty']}.`,
      };
    case 'enum':
    case 'const': {
      const allowed = (params['allowedValues'] ?? [params['allowedValue']]) as unknown[];
      return {
        path,
        rule: 'value-unknown',
        message: `${value} is not one of the values allowed here.`,
        remedy: suggestWord(String(error.data), allowed.map(String)),
      };
    }
    case 'type':
      return {
        path,
        rule: 'type',
        message: `${value} is not of type ${params['type']}.`,
        remedy: `Write a value of type ${params['type']}.`,
      };
    case 'pattern':
      return {
        path,
        rule: 'pattern',
        message: `${value} does not have the form ${params['pattern']}.`,
        remedy: 'Change the value to that form.',
      };
    default:
      return {
        path,
        rule: error.keyword,
        message: `${value} ${error.message}.`,
        remedy: 'Change the value accordingly.',
      };
  }
};

const isInside = (inner: string, outer: string) => inner === outer || inner.startsWith(`${outer}/`);

/** Words of which one must be there, each told as missing by its own branch: one sentence. */
const joinAlternatives = (errors: readonly ErrorObject[], document: unknown) => {
  const branch = /\/oneOf\/\d+\/required$/;
  const groups = Map.groupBy(
    errors.filter(({ schemaPath }) => branch.test(schemaPath)),
    ({ instancePath, schemaPath }) => `${instancePath} ${schemaPath.replace(branch, '')}`,
  );
  const joined = new Set<ErrorObject>();
  const violations: Violation[] = [];
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    for (const error of group) joined.add(error);
    const words = group.map(({ params }) => String(params['missingProperty']));
    violations.push({
      path: pathOf(group[0]!, document),
      rule: 'missing',
      message: `None of ${words.join(', ')} is there.`,
      remedy: 'Add one of them.',
    });
  }
  return { violations, rest: errors.filter((error) => !joined.has(error)) };
};

/** The sentences for ajv's errors (compiled with `verbose` and `allErrors`), each mistake once. */
export const explainViolations = (
  errors: readonly ErrorObject[],
  document: unknown,
  root: JsonSchema,
): readonly Violation[] => {
  const telling = errors.filter(
    (error) =>
      !wrappers.includes(error.keyword) ||
      !errors.some(
        (other) =>
          other !== error &&
          !wrappers.includes(other.keyword) &&
          isInside(other.instancePath, error.instancePath),
      ),
  );
  const { violations: alternatives, rest } = joinAlternatives(telling, document);
  const violations = [
    ...alternatives,
    ...rest
      .map((error) => explain(error, document, root))
      .filter((violation) => violation !== undefined),
  ];
  const texts = new Map(violations.map((one) => [`${one.path.join('/')} ${one.message}`, one]));
  return [...texts.values()];
};
