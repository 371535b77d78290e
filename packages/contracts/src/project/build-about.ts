/** What an ODCS document tells people, as `About`. Checks only what would be shown wrongly: dates, and a key that is not the key. */
import type { About, AboutField, Ending } from '../about.ts';
import { defaultClassification } from '../access/classification.ts';
import type { StreamSource } from '../contract.ts';
import type { MillraceSection } from '../odcs/millrace-section.ts';
import type { OdcsDocument, OdcsProperty, OdcsTeam } from '../odcs/odcs-document.ts';
import type { ContractParts } from './contract-parts.ts';

const isoDate = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/;

/** ODCS: `endOfSupport` and `endOfLife` are service levels whose value is a date. */
const dateOf = (
  parts: ContractParts,
  { slaProperties = [] }: OdcsDocument,
  word: string,
): string | undefined => {
  const index = slaProperties.findIndex(({ property }) => property === word);
  const value = slaProperties[index]?.value;
  if (value === undefined) return undefined;
  const text = String(value);
  if (isoDate.test(text) && !Number.isNaN(Date.parse(text))) return text;
  parts.report(['slaProperties', index], {
    rule: 'date-unreadable',
    message: `${word} of ${JSON.stringify(value)} is not a date.`,
    remedy: 'Write it as "2027-03-31".',
  });
  return undefined;
};

const endingOf = (
  parts: ContractParts,
  document: OdcsDocument,
  { replacedBy }: MillraceSection,
): Ending | undefined => {
  const supportEnds = dateOf(parts, document, 'endOfSupport');
  const ends = dateOf(parts, document, 'endOfLife');
  const ending = {
    ...(supportEnds !== undefined && { supportEnds }),
    ...(ends !== undefined && { ends }),
    ...(replacedBy !== undefined && { replacedBy }),
  };
  return Object.keys(ending).length === 0 ? undefined : ending;
};

/** The order of ODCS's positions; those without one come last, as they stand. */
const primaryKeyOf = ({ properties }: ContractParts): readonly string[] =>
  [...properties]
    .filter(([, { value }]) => value.primaryKey === true)
    .map(([name, { value }]) => ({ name, at: value.primaryKeyPosition ?? -1 }))
    .sort((a, b) => (a.at < 0 ? 1e9 : a.at) - (b.at < 0 ? 1e9 : b.at))
    .map(({ name }) => name);

/** Of a captured table or a result the key names a row, so two answers to the same question would be one too many. */
const checkPrimaryKey = (
  parts: ContractParts,
  primaryKey: readonly string[],
  source: StreamSource,
): void => {
  if (source.kind === 'event' || primaryKey.length === 0) return;
  const same = new Set([...primaryKey, ...parts.key]);
  if (same.size === primaryKey.length && same.size === parts.key.length) return;
  parts.report(parts.properties.get(primaryKey[0]!)!.path, {
    rule: 'primary-key-mismatch',
    message: `primaryKey names ${primaryKey.join(', ')}, and the key of the stream is ${parts.key.join(', ')}.`,
    remedy: 'Name the same fields in both, or leave primaryKey out.',
  });
};

const fieldOf = (property: OdcsProperty | undefined, doc: string | undefined): AboutField => {
  const description = property?.description ?? doc;
  const transform = property?.transformDescription ?? property?.transformLogic;
  return {
    ...(property?.businessName !== undefined && { businessName: property.businessName }),
    ...(description !== undefined && { description }),
    examples: property?.examples ?? [],
    tags: property?.tags ?? [],
    sources: property?.transformSourceObjects ?? [],
    references: (property?.relationships ?? []).flatMap(({ to }) => to),
    ...(transform !== undefined && { transform }),
    classification: property?.classification ?? defaultClassification,
    isUnique: property?.unique === true,
    isCritical: property?.criticalDataElement === true,
  };
};

const teamOf = ({ team }: OdcsDocument): OdcsTeam =>
  Array.isArray(team) ? { members: team as OdcsTeam['members'] & {} } : ((team ?? {}) as OdcsTeam);

/** @param source where the records come from, which decides what the key means */
export const buildAbout = (
  parts: ContractParts,
  document: OdcsDocument,
  section: MillraceSection,
  source: StreamSource,
): About => {
  const { usage, limitations } = document.description ?? {};
  const primaryKey = primaryKeyOf(parts);
  checkPrimaryKey(parts, primaryKey, source);
  const ending = endingOf(parts, document, section);
  const links = [
    ...(document.authoritativeDefinitions ?? []),
    ...(document.description?.authoritativeDefinitions ?? []),
    ...(document.schema?.[0]?.authoritativeDefinitions ?? []),
  ];
  return {
    ...(document.name !== undefined && { title: document.name }),
    status: document.status,
    tags: [...new Set([...(document.tags ?? []), ...(document.schema?.[0]?.tags ?? [])])],
    ...(usage !== undefined && { usage }),
    ...(limitations !== undefined && { limitations }),
    members: (teamOf(document).members ?? []).map(({ username, name, role, dateOut }) => ({
      username,
      ...(name !== undefined && { name }),
      ...(role !== undefined && { role }),
      ...(dateOut !== undefined && { dateOut }),
    })),
    contacts: (document.support ?? []).map(({ channel, url, tool, description }) => ({
      channel,
      ...(url !== undefined && { url }),
      ...(tool !== undefined && { tool }),
      ...(description !== undefined && { description }),
    })),
    links: links.map(({ type, url, description }) => ({
      ...{ type, url },
      ...(description !== undefined && { description }),
    })),
    ...(ending !== undefined && { ending }),
    primaryKey,
    fields: Object.fromEntries(
      parts.record.fields.map(({ name, doc }) => [
        name,
        fieldOf(parts.properties.get(name)?.value, doc),
      ]),
    ),
  };
};
