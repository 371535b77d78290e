/**
 * The context attributes of CloudEvents 1.0, wherever they stand: which are required, what each may hold, and what
 * becomes of them on Kafka (`ce_<name>` headers, Kafka protocol binding). Reading them out of JSON or out of HTTP
 * headers is elsewhere. Source: CloudEvents 1.0.2, "Context Attributes" and "Type System".
 */
import type { JsonProblem } from '@millrace/avro';
import type { EventAttributes } from '../event-request.ts';

export const requiredAttributes = ['id', 'source', 'specversion', 'type'] as const;

/** What the attributes come to, or what is wrong with them. */
export type AttributesReading =
  | {
      readonly attributes: EventAttributes;
      /** `datacontenttype`; of data that came as JSON without one, `application/json`. */
      readonly contentType?: string;
    }
  | { readonly problems: readonly JsonProblem[]; readonly id?: string };

/** Attributes by name, as text; a value of a type that CloudEvents does not have stays what it is. */
export const readAttributes = (given: ReadonlyMap<string, unknown>): AttributesReading => {
  const problems: JsonProblem[] = [];
  const report = (name: string, rule: JsonProblem['rule'], what: string) => {
    const path = `/${cut(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
    problems.push({ path, rule, message: `${path}: ${what}` });
  };
  const texts = new Map<string, string>();
  for (const [name, value] of given) {
    if (problems.length >= problemsMax) break;
    if (!attributeName.test(name)) report(name, 'unknown-field', nameFault);
    const text = textOf(value);
    if (text === undefined)
      report(name, 'type', 'an attribute is text, a whole number or a boolean');
    else if (!isCloudEventText(text)) report(name, 'format', 'the text has control characters');
    else texts.set(name, text);
  }
  for (const name of requiredAttributes)
    if (!given.has(name)) report(name, 'missing', 'CloudEvents require the attribute');
  checkTexts(texts, report);
  const id = texts.get('id');
  if (problems.length > 0) return { problems, ...(id === undefined ? {} : { id }) };
  return {
    attributes: eventAttributes(texts),
    ...optional('contentType', texts, 'datacontenttype'),
  };
};

const problemsMax = 20;
const attributeName = /^[a-z0-9]{1,64}$/;
const nameFault = 'the name of an attribute has lower-case letters and digits only, 64 at most';
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

const cut = (text: string): string => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

const textOf = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  return Number.isInteger(value) && (value as number) === ((value as number) | 0)
    ? String(value)
    : undefined;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what the specification excludes.
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/;
const isCloudEventText = (text: string): boolean =>
  text.isWellFormed() && !controlCharacters.test(text);

type Report = (name: string, rule: JsonProblem['rule'], what: string) => void;

const checkTexts = (texts: ReadonlyMap<string, string>, report: Report): void => {
  for (const name of ['id', 'source', 'type', 'subject'] as const)
    if (texts.get(name) === '') report(name, 'format', 'the text may not be empty');
  const version = texts.get('specversion');
  if (version !== undefined && version !== '1.0')
    report(
      'specversion',
      'symbol',
      `the door takes CloudEvents 1.0, not ${JSON.stringify(cut(version))}`,
    );
  for (const name of ['source', 'dataschema'] as const)
    if (/\s/.test(texts.get(name) ?? '')) report(name, 'format', 'a URI has no spaces');
  const time = texts.get('time');
  if (time !== undefined && !(rfc3339.test(time) && !Number.isNaN(Date.parse(time))))
    report('time', 'format', 'expected a timestamp such as "2026-01-31T23:59:59Z"');
};

/** Those that every record's headers have, or that have a place of their own. */
const placed: ReadonlySet<string> = new Set([
  'id',
  'source',
  'specversion',
  'type',
  'time',
  'datacontenttype',
]);

const eventAttributes = (texts: ReadonlyMap<string, string>): EventAttributes => {
  const extensions: Record<string, string> = {};
  for (const [name, text] of texts) if (!placed.has(name)) extensions[`ce_${name}`] = text;
  return {
    ...optional('id', texts, 'id'),
    ...optional('source', texts, 'source'),
    ...optional('type', texts, 'type'),
    ...optional('time', texts, 'time'),
    ...optional('partitionKey', texts, 'partitionkey'),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
  };
};

const optional = <Key extends string>(
  key: Key,
  texts: ReadonlyMap<string, string>,
  name: string,
): { readonly [K in Key]?: string } => {
  const text = texts.get(name);
  return (text === undefined || text === '' ? {} : { [key]: text }) as { [K in Key]?: string };
};
