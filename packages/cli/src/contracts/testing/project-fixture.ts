/**
 * A small project for tests of this folder: one event stream whose parts a test changes at will. Tests
 * only; nothing here is imported by the command.
 */
import { type Contract, formatProblem, parseProject } from '@millrace/contracts';

export interface StreamChange {
  /** Fields of the record, as JSON; replaces the standard ones. */
  readonly fields?: readonly Record<string, unknown>[];
  readonly partitions?: number;
  readonly key?: readonly string[];
  readonly compatibility?: string;
  readonly retention?: string;
  readonly ttl?: string;
  readonly orderBy?: readonly string[];
  readonly partitionBy?: string;
  readonly purpose?: string;
  /** Of the millrace section; an event when left out. */
  readonly source?: Readonly<Record<string, unknown>>;
  /** Further words of the warehouse part. */
  readonly warehouse?: Readonly<Record<string, unknown>>;
}

export const standardFields: readonly Record<string, unknown>[] = [
  { name: 'sensor', type: 'string', doc: 'Which sensor.' },
  { name: 'measured_at', type: { type: 'long', logicalType: 'timestamp-millis' } },
  { name: 'celsius', type: 'int' },
];

/** The two files of `<domain>.reading`; YAML is a superset of JSON, so both are JSON text. */
export const readingFiles = (domain: string, change: StreamChange = {}) => {
  const fields = change.fields ?? standardFields;
  const avsc = { type: 'record', namespace: domain, name: 'reading', fields };
  const section = {
    source: change.source ?? { kind: 'event' },
    // What is rejected would be a topic and a table that all fixtures share.
    ...((change.source?.['kind'] ?? 'event') === 'event' && { rejected: 'drop' }),
    ...(change.key === undefined ? {} : { key: change.key }),
    ...(change.compatibility === undefined ? {} : { compatibility: change.compatibility }),
    topic: { partitions: change.partitions ?? 2, retention: change.retention ?? '7d' },
    warehouse: {
      role: 'fact',
      orderBy: change.orderBy ?? ['sensor', 'measured_at'],
      ...(change.partitionBy === undefined ? {} : { partitionBy: change.partitionBy }),
      ...(change.ttl === undefined ? {} : { ttl: change.ttl }),
      ...change.warehouse,
    },
  };
  const odcs = {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: `${domain}.reading`,
    version: '1.0.0',
    status: 'active',
    domain,
    description: { purpose: change.purpose ?? "A sensor's reading." },
    team: { name: 'tests' },
    schema: [{ name: 'reading', properties: fields.map(({ name }) => ({ name })) }],
    customProperties: [{ property: 'millrace', value: section }],
  };
  return [
    { path: `schemas/${domain}/reading.avsc`, text: JSON.stringify(avsc, null, 2) },
    { path: `schemas/${domain}/reading.odcs.yaml`, text: JSON.stringify(odcs, null, 2) },
  ];
};

export const readingContract = (domain: string, change: StreamChange = {}): Contract => {
  const { contracts, problems } = parseProject(readingFiles(domain, change));
  const [contract] = contracts;
  if (contract === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return contract;
};
