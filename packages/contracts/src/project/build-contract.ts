import type { AvroNode, AvroRecord } from '../avro-schema.ts';
import type { Contract, Identity, StreamSource, TopicSettings } from '../contract.ts';
import { durationMs, durationUnits, retentionMsOf } from '../odcs/durations.ts';
import type { MillraceSection } from '../odcs/millrace-section.ts';
import { millraceProperty, type OdcsDocument } from '../odcs/odcs-document.ts';
import type { DocumentPath, SourceDocument } from '../odcs/source-document.ts';
import { validateForm } from '../odcs/validate-odcs.ts';
import { buildQuality } from '../quality/build-quality.ts';
import { changeTopic, derivedTopic, eventTopic } from '../topics.ts';
import { buildAbout } from './build-about.ts';
import { buildWarehouse } from './build-warehouse.ts';
import { checkProperties } from './check-properties.ts';
import type { ContractPair } from './contract-files.ts';
import { type ContractParts, createContractParts } from './contract-parts.ts';
import type { ContractProblem } from './contract-problem.ts';

/**
 * One contract out of a valid record and an ODCS document that is valid by its form. Defaults stand here
 * and nowhere else; docs/contract-format.md repeats them.
 */
export const defaultPartitions = 1;
/** Kafka's word for "the broker's default replication factor". */
export const brokerDefaultReplicationFactor = -1;
export const defaultRetentionMs = 7 * 24 * 3_600_000;

const keyKinds = ['string', 'int', 'long', 'boolean', 'enum'];

const checkIdentity = (parts: ContractParts, document: OdcsDocument) => {
  const expectText = (word: 'id' | 'domain', wanted: string) => {
    if (document[word] === wanted) return;
    parts.report([word], {
      rule: `${word}-mismatch`,
      message: `${word} is ${JSON.stringify(document[word])}, and the file's place says ${wanted}.`,
      remedy: `Write ${word}: ${wanted}.`,
    });
  };
  expectText('id', `${parts.domain}.${parts.name}`);
  expectText('domain', parts.domain);
};

const ownerOf = (parts: ContractParts, { team }: OdcsDocument): string => {
  const name = Array.isArray(team) ? undefined : (team as { name?: string } | undefined)?.name;
  if (name !== undefined) return name;
  parts.report(['team'], {
    rule: 'owner-missing',
    message: 'The contract has no owner.',
    remedy: 'Add team: { name: … }: who answers for this stream.',
  });
  return '';
};

const purposeOf = (parts: ContractParts, document: OdcsDocument): string => {
  const text = document.description?.purpose ?? parts.record.doc;
  if (text !== undefined) return text;
  parts.report(['description'], {
    rule: 'missing',
    message: 'The contract does not say what the stream is for.',
    remedy: 'Add description: { purpose: … }.',
  });
  return '';
};

const sourceOf = (parts: ContractParts, section: MillraceSection): StreamSource => {
  const { kind, name, table } = section.source;
  const path = [...parts.sectionPath, 'source'];
  if (kind !== 'change') {
    for (const word of ['name', 'table'] as const) {
      if (section.source[word] === undefined) continue;
      parts.report([...path, word], {
        rule: 'source-mixed',
        message: `${word} belongs to a captured table, and this stream is ${kind}.`,
        remedy: `Remove ${word}, or write kind: change.`,
      });
    }
    return { kind };
  }
  for (const word of ['name', 'table'] as const) {
    if (section.source[word] !== undefined) continue;
    parts.report(path, {
      rule: 'missing',
      message: `A change stream needs ${word}.`,
      remedy: word === 'name' ? 'Add name: the captured database.' : 'Add table: schema.table.',
    });
  }
  const [schema = '', bare = ''] = (table ?? '').split('.');
  return { kind: 'change', source: name ?? '', schema, table: bare };
};

const slaMs = (parts: ContractParts, document: OdcsDocument, word: string): number | undefined => {
  const slas = document.slaProperties ?? [];
  const index = slas.findIndex(({ property }) => property === word);
  const sla = slas[index];
  if (sla === undefined) return undefined;
  const ms = durationMs(sla.value, sla.unit);
  if (ms !== undefined) return ms;
  parts.report(['slaProperties', index], {
    rule: 'duration-unreadable',
    message: `${word} of ${JSON.stringify(sla.value)} ${sla.unit ?? 'without a unit'} is not a duration.`,
    remedy: `Write a number and a unit: ${durationUnits}.`,
  });
  return undefined;
};

const topicOf = (
  parts: ContractParts,
  section: MillraceSection,
  source: StreamSource,
  slaRetentionMs: number | undefined,
): TopicSettings => {
  const path = [...parts.sectionPath, 'topic'];
  const given = section.topic ?? {};
  const ownRetentionMs = given.retention === undefined ? undefined : retentionMsOf(given.retention);
  if (given.retention !== undefined && ownRetentionMs === undefined) {
    parts.report([...path, 'retention'], {
      rule: 'duration-unreadable',
      message: `${JSON.stringify(given.retention)} is not a duration.`,
      remedy: `Write e.g. 7d (${durationUnits}) or forever.`,
    });
  }
  const cleanupPolicy = given.cleanup ?? 'delete';
  if (cleanupPolicy === 'compact' && parts.key.length === 0) {
    parts.report([...path, 'cleanup'], {
      rule: 'compact-without-key',
      message:
        'Kafka refuses records without a key on a compacted topic, and this stream has no key.',
      remedy: 'Name a key, or write cleanup: delete.',
    });
  }
  return {
    name:
      source.kind === 'change'
        ? changeTopic(source.source, source.schema, source.table)
        : (source.kind === 'event' ? eventTopic : derivedTopic)(parts.domain, parts.name),
    partitions: given.partitions ?? defaultPartitions,
    replicationFactor: given.replicationFactor ?? brokerDefaultReplicationFactor,
    cleanupPolicy,
    retentionMs: ownRetentionMs ?? slaRetentionMs ?? defaultRetentionMs,
    ...(source.kind === 'derived' && { stampedOnArrival: true }),
  };
};

const isKeyType = (node: AvroNode | undefined): boolean =>
  node !== undefined && keyKinds.includes(node.kind);

const identityOf = ({ identity }: MillraceSection): Identity | undefined =>
  identity === 'content' || Array.isArray(identity)
    ? (identity as Identity)
    : identity === undefined
      ? undefined
      : [identity as string];

/** `content` is a word, and may be a field, too: then only a list says which is meant. */
const checkContentIdentity = (parts: ContractParts) => {
  if (!parts.record.fields.some(({ name }) => name === 'content')) return;
  parts.report([...parts.sectionPath, 'identity'], {
    rule: 'identity-ambiguous',
    message: 'content means the whole event, and the record has a field of that name.',
    remedy: 'Write [content] for the field; for the whole event rename the field.',
  });
};

const checkKey = (parts: ContractParts, section: MillraceSection, source: StreamSource) => {
  const field = (name: string) => parts.record.fields.find((one) => one.name === name);
  const check = (path: DocumentPath, name: string, purpose: string) => {
    const found = field(name);
    if (found === undefined) parts.reportUnknown(path, name);
    else if (!isKeyType(found.type)) {
      parts.report(path, {
        rule: 'key-type',
        message: `${name} is ${found.type.kind}, and ${purpose} must be one of ${keyKinds.join(', ')}, never null.`,
        remedy: 'Choose another field.',
      });
    }
  };
  for (const [index, name] of parts.key.entries()) {
    check([...parts.sectionPath, 'key', index], name, 'a key');
  }
  const identity = identityOf(section);
  if (identity === 'content') checkContentIdentity(parts);
  for (const name of identity === 'content' ? [] : (identity ?? []))
    check([...parts.sectionPath, 'identity'], name, 'an identity');
  if (section.ingest !== undefined && source.kind !== 'event') {
    parts.report([...parts.sectionPath, 'ingest'], {
      rule: 'ingest-not-event',
      message: `ingest is for streams that the door takes, and this one is ${source.kind}.`,
      remedy: 'Remove ingest, or write source: { kind: event }.',
    });
  }
  if (section.rejected !== undefined && source.kind !== 'event') {
    parts.report([...parts.sectionPath, 'rejected'], {
      rule: 'rejected-not-event',
      message: 'Only events come through the door, so only they can be rejected there.',
      remedy: 'Remove rejected.',
    });
  }
  const role = section.warehouse?.role;
  const needsKey = source.kind === 'change' || role === 'dimension' || role === 'aggregate';
  if (needsKey && parts.key.length === 0) {
    parts.report(parts.sectionPath, {
      rule: 'missing',
      message:
        'A change stream, a dimension or an aggregate needs a key: the columns that name a row.',
      remedy: 'Add key, e.g. [iata].',
    });
  }
  if (role === 'aggregate' && source.kind !== 'derived') {
    parts.report([...parts.sectionPath, 'warehouse', 'role'], {
      rule: 'aggregate-not-derived',
      message: 'An aggregate is made of the results of a transform, and this stream is none.',
      remedy: 'Write source: { kind: derived }, or role: fact.',
    });
  }
  if (role === 'dimension' && source.kind !== 'change') {
    parts.report([...parts.sectionPath, 'warehouse', 'role'], {
      rule: 'dimension-of-events',
      message:
        'A dimension is made of row changes; other streams carry no commit order to choose the latest by.',
      remedy: 'Write role: fact, or make the stream a change stream.',
    });
  }
};

const propertiesOf = (document: OdcsDocument): ContractParts['properties'] =>
  new Map(
    (document.schema?.[0]?.properties ?? []).map((value, index) => [
      value.name ?? '',
      { value, path: ['schema', 0, 'properties', index] },
    ]),
  );

/** Problems of Millrace's own part in a document whose other parts are wrong too. */
const sectionProblems = (source: SourceDocument): readonly ContractProblem[] => {
  const custom = (source.value as { customProperties?: unknown } | null)?.customProperties;
  if (!Array.isArray(custom)) return [];
  return custom.flatMap((one: { property?: unknown; value?: unknown } | null, index) =>
    one?.property === millraceProperty
      ? validateForm('section', source, ['customProperties', index, 'value'], one.value)
      : [],
  );
};

/** The section's place, after its form was checked; `undefined` when it is absent or wrong. */
const findSection = (
  source: SourceDocument,
  odcs: OdcsDocument,
  problems: ContractProblem[],
): { section: MillraceSection; path: DocumentPath } | undefined => {
  const index = (odcs.customProperties ?? []).findIndex((one) => one.property === millraceProperty);
  const path = ['customProperties', index, 'value'];
  const value = odcs.customProperties?.[index]?.value;
  if (value === undefined) {
    problems.push(
      source.problemAt(['customProperties'], {
        rule: 'missing',
        message: "Millrace's own part is missing.",
        remedy:
          'Add customProperties: [{ property: millrace, value: { source: { kind: event } } }].',
      }),
    );
    return undefined;
  }
  const wrong = validateForm('section', source, path, value);
  problems.push(...wrong);
  return wrong.length > 0 ? undefined : { section: value as MillraceSection, path };
};

const checkPropertySections = (source: SourceDocument, odcs: OdcsDocument) =>
  (odcs.schema?.[0]?.properties ?? []).flatMap((property, at) =>
    (property.customProperties ?? []).flatMap((custom, index) =>
      custom.property === millraceProperty
        ? validateForm(
            'property',
            source,
            ['schema', 0, 'properties', at, 'customProperties', index, 'value'],
            custom.value,
          )
        : [],
    ),
  );

const checkSchemaName = (source: SourceDocument, odcs: OdcsDocument, name: string) => {
  const schemas = odcs.schema ?? [];
  if (schemas.length === 1 && schemas[0]?.name === name) return [];
  return [
    source.problemAt(schemas.length === 0 ? [] : ['schema'], {
      rule: 'schema-name',
      message: `A contract describes one schema element, named ${name}.`,
      remedy: `Write schema: [{ name: ${name}, properties: [...] }].`,
    }),
  ];
};

const examplesOf = (odcs: OdcsDocument): Pick<Contract, 'examples'> => {
  const examples = (odcs.schema?.[0]?.properties ?? []).flatMap((property) =>
    property.name !== undefined && property.examples?.[0] !== undefined
      ? [[property.name, property.examples[0]] as const]
      : [],
  );
  return examples.length === 0 ? {} : { examples: Object.fromEntries(examples) };
};

/** The contract; `undefined` after problems were pushed. */
export const buildContract = (
  pair: ContractPair,
  record: AvroRecord,
  source: SourceDocument,
  problems: ContractProblem[],
): Contract | undefined => {
  const before = problems.length;
  problems.push(...validateForm('odcs', source, [], source.value));
  if (problems.length > before) {
    problems.push(...sectionProblems(source));
    return undefined;
  }
  const odcs = source.value as OdcsDocument;
  problems.push(
    ...checkSchemaName(source, odcs, pair.name),
    ...checkPropertySections(source, odcs),
  );
  const found = findSection(source, odcs, problems);
  if (found === undefined || problems.length > before) return undefined;
  const { section, path: sectionPath } = found;
  const properties = propertiesOf(odcs);
  const key = section.key ?? [];
  const parts = createContractParts(
    { domain: pair.domain, name: pair.name, record, properties, key, sectionPath },
    source,
    problems,
  );
  checkIdentity(parts, odcs);
  checkProperties(parts);
  const streamSource = sourceOf(parts, section);
  checkKey(parts, section, streamSource);
  const latencyMs = slaMs(parts, odcs, 'latency');
  const topic = topicOf(parts, section, streamSource, slaMs(parts, odcs, 'retention'));
  const owner = ownerOf(parts, odcs);
  const description = purposeOf(parts, odcs);
  const about = buildAbout(parts, odcs, section, streamSource);
  const identity = identityOf(section);
  const warehouse =
    section.warehouse === undefined
      ? undefined
      : buildWarehouse(parts, section.warehouse, identity);
  if (section.warehouse !== undefined && warehouse === undefined) return undefined;
  const quality = buildQuality(parts, source, odcs, warehouse, problems);
  if (problems.length > before) return undefined;
  return {
    id: odcs.id,
    domain: pair.domain,
    name: pair.name,
    version: odcs.version,
    description,
    owner,
    about,
    source: streamSource,
    record,
    schemaText: pair.avsc.text,
    topic,
    compatibility:
      section.compatibility ?? (streamSource.kind === 'change' ? 'NONE' : 'BACKWARD_TRANSITIVE'),
    key,
    ...(section.schemaChange === undefined ? {} : { schemaChange: section.schemaChange }),
    ...(identity === undefined ? {} : { identity }),
    ...(section.ingest === undefined ? {} : { ingest: section.ingest }),
    ...examplesOf(odcs),
    ...(streamSource.kind === 'event' && { rejected: section.rejected ?? 'keep' }),
    ...(warehouse === undefined ? {} : { warehouse }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...quality,
    files: { avsc: pair.avsc.path, odcs: pair.odcs.path },
  };
};
