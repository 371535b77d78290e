/** A stream of the platform's own as the two files of a contract, from one list of fields. Text only; reading them is parse-project.ts. */
import type { Classification } from '../access/classification.ts';
import type { ProjectFile } from '../project/contract-files.ts';

/** The domain of streams that are the platform's own; projects name none of theirs so. */
export const platformDomain = 'millrace';

export interface PlatformField {
  readonly name: string;
  readonly type: 'string' | 'bytes' | 'int' | 'long' | 'double' | 'boolean' | 'time';
  readonly nullable?: true;
  readonly doc: string;
  readonly classification: Classification;
  /** Text of few values. */
  readonly few?: true;
}

export interface PlatformStream {
  readonly name: string;
  readonly purpose: string;
  readonly fields: readonly PlatformField[];
  readonly key: readonly string[];
  readonly identity: string;
  readonly orderBy: readonly string[];
  readonly retentionDays: number;
  /** `derived` when absent. What the door refuses of such an event is kept nowhere. */
  readonly source?: 'event';
}

const avroTypes = {
  ...{
    string: 'string',
    bytes: 'bytes',
    int: 'int',
    long: 'long',
    double: 'double',
    boolean: 'boolean',
  },
  time: { type: 'long', logicalType: 'timestamp-millis' },
} as const;

const logicalTypes = {
  ...{
    string: 'string',
    bytes: 'string',
    int: 'integer',
    long: 'integer',
    double: 'number',
    boolean: 'boolean',
  },
  time: 'timestamp',
} as const;

const avroField = ({ name, type, nullable, doc }: PlatformField) => ({
  name,
  doc,
  ...(nullable ? { type: ['null', avroTypes[type]], default: null } : { type: avroTypes[type] }),
});

const property = ({ name, type, nullable, doc, classification, few }: PlatformField) => ({
  ...{ name, classification, logicalType: logicalTypes[type], required: nullable !== true },
  description: doc,
  ...(few && { customProperties: [{ property: 'millrace', value: { cardinality: 'low' } }] }),
});

const odcs = (stream: PlatformStream) => ({
  ...{ apiVersion: 'v3.1.0', kind: 'DataContract', version: '1.0.0', status: 'active' },
  id: `${platformDomain}.${stream.name}`,
  name: stream.name,
  domain: platformDomain,
  description: { purpose: stream.purpose },
  team: { name: 'millrace' },
  schema: [
    {
      name: stream.name,
      physicalType: 'topic',
      description: stream.purpose,
      properties: stream.fields.map(property),
    },
  ],
  slaProperties: [{ property: 'retention', value: stream.retentionDays, unit: 'd' }],
  customProperties: [
    {
      property: 'millrace',
      value: {
        source: { kind: stream.source ?? 'derived' },
        ...(stream.source === 'event' && { rejected: 'drop' }),
        ...{ key: stream.key, identity: stream.identity },
        warehouse: {
          role: 'fact',
          orderBy: stream.orderBy,
          retention: `${stream.retentionDays}d`,
        },
      },
    },
  ],
});

/** The files, at the place where a project would have them: `schemas/millrace/`. JSON is YAML, too. */
export const platformFiles = (stream: PlatformStream): readonly ProjectFile[] => {
  const path = `schemas/${platformDomain}/${stream.name}`;
  const record = {
    ...{ type: 'record', namespace: platformDomain, name: stream.name },
    doc: stream.purpose,
    fields: stream.fields.map(avroField),
  };
  return [
    { path: `${path}.avsc`, text: JSON.stringify(record, undefined, 2) },
    { path: `${path}.odcs.yaml`, text: JSON.stringify(odcs(stream), undefined, 2) },
  ];
};
