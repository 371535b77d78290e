import type { AvroNode, AvroRecord } from '../avro-schema.ts';
import type { Contract } from '../contract.ts';
import { comment, parenthesised, typeName } from './type-text.ts';

/**
 * TypeScript types of the JSON that a contract's stream carries, as ingest accepts it. Text only, and the
 * same text for the same contracts, so that a stale file shows up as a difference.
 */

const logicalNotes: Readonly<Record<string, string>> = {
  date: 'Days since 1970-01-01, or an ISO 8601 date.',
  'time-millis': 'Milliseconds after midnight, or a time of day.',
  'time-micros': 'Microseconds after midnight, or a time of day.',
  'timestamp-millis': 'Milliseconds since 1970 UTC, or an ISO 8601 time.',
  'timestamp-micros': 'Microseconds since 1970 UTC, or an ISO 8601 time.',
  'local-timestamp-millis':
    'Milliseconds since 1970 on the local clock, or an ISO 8601 time without zone.',
  'local-timestamp-micros':
    'Microseconds since 1970 on the local clock, or an ISO 8601 time without zone.',
  uuid: 'A UUID, RFC 9562.',
};

const noteOf = (node: AvroNode): string | undefined => {
  const value =
    node.kind === 'union' ? node.branches.find((branch) => branch.kind !== 'null') : node;
  if (value === undefined) return undefined;
  if (!('logical' in value) || value.logical === undefined) {
    return value.kind === 'bytes' || value.kind === 'fixed' ? 'Base64.' : undefined;
  }
  if (value.logical.name !== 'decimal') return logicalNotes[value.logical.name];
  return `A decimal of ${value.logical.precision} digits, ${value.logical.scale} after the point.`;
};

const logicalText = (name: string): string => {
  return name === 'uuid' ? 'string' : 'number | string';
};

const typeText = (node: AvroNode, named: Map<string, string>): string => {
  const logical =
    'logical' in node && node.logical !== undefined ? logicalText(node.logical.name) : undefined;
  if (logical !== undefined) return logical;
  switch (node.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return 'boolean';
    case 'int':
    case 'float':
    case 'double':
      return 'number';
    case 'long':
      return 'number | string';
    case 'bytes':
    case 'string':
    case 'fixed':
      return 'string';
    case 'enum':
      return node.symbols.map((symbol) => `'${symbol}'`).join(' | ');
    case 'array':
      return `readonly ${parenthesised(typeText(node.items, named))}[]`;
    case 'map':
      return `Readonly<Record<string, ${typeText(node.values, named)}>>`;
    case 'union':
      return [...new Set(node.branches.map((branch) => typeText(branch, named)))].join(' | ');
    case 'record':
      declareRecord(node, named);
      return typeName(node.fullName);
  }
};

const declareRecord = (record: AvroRecord, named: Map<string, string>): void => {
  if (named.has(record.fullName)) return;
  named.set(record.fullName, '');
  const fields = record.fields.map((field) => {
    const optional = field.default === undefined ? '' : '?';
    return `${comment([field.doc, noteOf(field.type)], '  ')}  readonly ${field.name}${optional}: ${typeText(field.type, named)};\n`;
  });
  named.set(
    record.fullName,
    `${comment([record.doc], '')}export interface ${typeName(record.fullName)} {\n${fields.join('')}}\n`,
  );
};

const mapOf = (doc: string, name: string, contracts: readonly Contract[]): string => {
  const streams = contracts.map(
    ({ id, record }) => `  readonly '${id}': ${typeName(record.fullName)};\n`,
  );
  return `/** ${doc} */\nexport interface ${name} {\n${streams.join('')}}\n`;
};

/** The types of one contract's record and of those in it, without the maps over a project. */
export const renderRecordTypes = ({ record }: Pick<Contract, 'record'>): string => {
  const named = new Map<string, string>();
  declareRecord(record, named);
  return [...named.values()].join('\n').trim();
};

/** The types of all contracts, ordered by id, and maps from stream to type: of all, and of those that the door takes. */
export const renderTypes = (contracts: readonly Contract[]): string => {
  const ordered = [...contracts].sort((a, b) => (a.id < b.id ? -1 : 1));
  const named = new Map<string, string>();
  for (const contract of ordered) declareRecord(contract.record, named);
  const events = ordered.filter(({ source }) => source.kind === 'event');
  return [
    '// Made by `millrace contracts types`; change the contracts, not this file.\n',
    ...named.values(),
    mapOf('Every stream of the project, by contract id.', 'Streams', ordered),
    mapOf(
      'The streams that take events, for `createClient<Events>` of @millrace/client.',
      'Events',
      events,
    ),
  ].join('\n');
};
