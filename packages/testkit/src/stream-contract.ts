/**
 * A stream's contract as tests need one: an Avro record of some fields, and the shortest ODCS document around it. Not for what a
 * document can say beside that: such tests write it out.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type FieldType =
  | 'string'
  | 'int'
  | 'long'
  | 'double'
  | { readonly type: 'long'; readonly logicalType: 'timestamp-millis' };

export interface StreamContract {
  readonly domain: string;
  readonly name: string;
  /** Of Avro; what may be null is not required. */
  readonly fields: readonly {
    readonly name: string;
    readonly type: FieldType | readonly ['null', FieldType];
    readonly default?: null;
  }[];
  /** Lines of the `millrace` section, from its first column on: `source: { kind: event }`, … */
  readonly section: string;
}

const logicalTypes = {
  string: 'string',
  int: 'integer',
  long: 'integer',
  double: 'number',
} as const;

const isNullable = (type: StreamContract['fields'][number]['type']): boolean => Array.isArray(type);

const logicalType = (type: StreamContract['fields'][number]['type']): string => {
  const plain = (isNullable(type) ? (type as readonly ['null', FieldType])[1] : type) as FieldType;
  return typeof plain === 'string' ? logicalTypes[plain] : 'timestamp';
};

const odcsOf = ({ domain, name, fields, section }: StreamContract): string => `apiVersion: v3.1.0
kind: DataContract
id: ${domain}.${name}
name: ${name}
version: 1.0.0
status: active
domain: ${domain}
description:
  purpose: A stream of tests.
team:
  name: tests
schema:
  - name: ${name}
    physicalType: topic
    description: For tests.
    properties:
${fields.map(({ name: field, type }) => `      - { name: ${field}, logicalType: ${logicalType(type)}, required: ${!isNullable(type)} }`).join('\n')}
customProperties:
  - property: millrace
    value:
${section.trimEnd().replaceAll(/^/gm, '      ')}
`;

/** Writes `schemas/<domain>/<name>.avsc` and `.odcs.yaml` below `project`. */
export const writeStreamContract = async (
  project: string,
  contract: StreamContract,
): Promise<void> => {
  const { domain, name, fields } = contract;
  const folder = join(project, 'schemas', domain);
  await mkdir(folder, { recursive: true });
  const record = { type: 'record', namespace: domain, name, fields };
  await writeFile(join(folder, `${name}.avsc`), JSON.stringify(record));
  await writeFile(join(folder, `${name}.odcs.yaml`), odcsOf(contract));
};
