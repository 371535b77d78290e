/**
 * CloudEvents in binary mode: the attributes are `ce-*` headers, the body is the data. Header values are
 * percent-encoded UTF-8, in double quotes if the sender likes. Source: CloudEvents HTTP protocol binding 1.0.2, §3.1.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { JsonProblem } from '@millrace/avro';
import type { EventAttributes } from '../event-request.ts';
import { readAttributes } from './attributes.ts';

export interface BinaryReading {
  /** The request is a CloudEvent: it says its `ce-specversion`. */
  readonly cloudEvent: boolean;
  readonly attributes: EventAttributes;
  /** What is wrong with the attributes of a CloudEvent. */
  readonly problems?: readonly JsonProblem[];
}

const plain: BinaryReading = { cloudEvent: false, attributes: {} };

/**
 * The attributes that a request's headers give. Without `ce-specversion` it is no CloudEvent, and those that are there
 * are taken for what they say: an id is worth having also from a sender who knows no more of CloudEvents.
 */
export const readBinary = (headers: IncomingHttpHeaders): BinaryReading => {
  if (headers['ce-specversion'] === undefined) return readLoose(headers);
  const given = new Map<string, unknown>();
  const problems: JsonProblem[] = [];
  for (const [header, value] of Object.entries(headers)) {
    if (!header.startsWith('ce-')) continue;
    const name = header.slice('ce-'.length);
    const text = decode(String(value));
    if (text !== undefined) given.set(name, text);
    else problems.push(undecodable(name));
  }
  const contentType = given.get('datacontenttype');
  given.delete('datacontenttype');
  if (contentType !== undefined)
    problems.push({
      path: '/datacontenttype',
      rule: 'unknown-field',
      message: '/datacontenttype: in binary mode Content-Type says it',
    });
  const reading = readAttributes(given);
  if ('attributes' in reading && problems.length === 0)
    return { cloudEvent: true, attributes: reading.attributes };
  const id = 'id' in reading ? reading.id : undefined;
  return {
    cloudEvent: true,
    attributes: id === undefined ? {} : { id },
    problems: [...problems, ...('problems' in reading ? reading.problems : [])],
  };
};

/** Their names stand here: made anew they would be looked up as strings that nobody has seen. */
const loose = [
  ['id', 'ce-id'],
  ['source', 'ce-source'],
  ['type', 'ce-type'],
  ['time', 'ce-time'],
] as const;

const readLoose = (headers: IncomingHttpHeaders): BinaryReading => {
  let attributes: Record<string, string> | undefined;
  for (const [name, header] of loose) {
    const value = headers[header];
    if (typeof value !== 'string' || value === '') continue;
    attributes ??= {};
    attributes[name] = decode(value) ?? value;
  }
  return attributes === undefined ? plain : { cloudEvent: false, attributes };
};

const undecodable = (name: string): JsonProblem => ({
  path: `/${name}`,
  rule: 'format',
  message: `/${name}: the header's percent-encoding is broken`,
});

const decode = (value: string): string | undefined => {
  const quoted = /^"(.*)"$/s.exec(value)?.[1];
  const text = quoted === undefined ? value : quoted.replace(/\\(.)/gs, '$1');
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};
