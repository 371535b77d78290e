/**
 * The catalog as DCAT 3 in JSON-LD, by the application profile DCAT-AP 3.0: what it makes mandatory is there (title, description,
 * publisher, accessURL), and rights and frequencies only where the contract says so.
 * Source: https://semiceu.github.io/DCAT-AP/releases/3.0.0/
 */
import type { CatalogPage } from '@millrace/operations';

export interface DcatOptions {
  readonly title: string;
  readonly description: string;
  /** Who answers for the catalog as a whole. */
  readonly publisher: string;
  /** Where its pages are; begins the identifiers. No `/` at the end. */
  readonly baseUrl: string;
}

const context = {
  dcat: 'http://www.w3.org/ns/dcat#',
  dcterms: 'http://purl.org/dc/terms/',
  foaf: 'http://xmlns.com/foaf/0.1/',
  vcard: 'http://www.w3.org/2006/vcard/ns#',
  adms: 'http://www.w3.org/ns/adms#',
  prov: 'http://www.w3.org/ns/prov#',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
} as const;

/** The EU's access right authority table. */
const accessRights: Readonly<Record<string, string>> = {
  public: 'http://publications.europa.eu/resource/authority/access-right/PUBLIC',
  internal: 'http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC',
  confidential: 'http://publications.europa.eu/resource/authority/access-right/RESTRICTED',
  restricted: 'http://publications.europa.eu/resource/authority/access-right/RESTRICTED',
};

const reference = (iri: string) => ({ '@id': iri });

const agent = (name: string) => ({ '@type': 'foaf:Agent', 'foaf:name': name });

const isoTime = (ms: number) => ({ '@type': 'xsd:dateTime', '@value': new Date(ms).toISOString() });

const contactOf = ({ channel, url }: CatalogPage['contacts'][number]) => ({
  '@type': 'vcard:Kind',
  'vcard:fn': channel,
  ...(url !== null && { 'vcard:hasURL': reference(url) }),
});

const distributionsOf = (page: CatalogPage, iri: string) => [
  {
    '@id': `${iri}#topic`,
    '@type': 'dcat:Distribution',
    'dcterms:title': `Kafka topic ${page.topic}`,
    'dcterms:format': 'Avro',
    'dcat:accessURL': reference(`${iri}#topic`),
  },
  ...(page.view === null
    ? []
    : [
        {
          '@id': `${iri}#table`,
          '@type': 'dcat:Distribution',
          'dcterms:title': `ClickHouse view ${page.view}`,
          'dcterms:format': 'SQL',
          'dcat:accessURL': reference(`${iri}#table`),
          ...(page.bytes !== null && {
            'dcat:byteSize': { '@type': 'xsd:nonNegativeInteger', '@value': String(page.bytes) },
          }),
        },
      ]),
];

const datasetOf = (page: CatalogPage, baseUrl: string, ids: ReadonlySet<string>) => {
  const iriOf = (id: string) => `${baseUrl}/${id}`;
  const iri = iriOf(page.id);
  const sources = page.lineage
    .filter(({ to, from }) => to.dataset === page.id && ids.has(from.dataset))
    .map(({ from }) => from.dataset);
  return {
    '@id': iri,
    '@type': 'dcat:Dataset',
    'dcterms:identifier': page.id,
    'dcterms:title': page.title ?? page.id,
    'dcterms:description': page.description,
    'dcterms:publisher': agent(page.owner),
    'dcat:version': page.version,
    'dcat:keyword': [...new Set([page.domain, ...page.tags])],
    'dcterms:accessRights': reference(
      accessRights[page.classification] ?? accessRights['internal']!,
    ),
    ...(page.lastEventMs !== null && { 'dcterms:modified': isoTime(page.lastEventMs) }),
    ...(page.contacts.length > 0 && { 'dcat:contactPoint': page.contacts.map(contactOf) }),
    ...(page.links.length > 0 && {
      'dcat:landingPage': page.links.map(({ url }) => reference(url)),
    }),
    ...(page.status === 'deprecated' && { 'adms:status': 'deprecated' }),
    ...(page.ending?.replacedBy != null && {
      'dcterms:isReplacedBy': reference(iriOf(page.ending.replacedBy)),
    }),
    ...(sources.length > 0 && {
      'prov:wasDerivedFrom': [...new Set(sources)].map((id) => reference(iriOf(id))),
    }),
    'dcat:distribution': distributionsOf(page, iri),
  };
};

/** A plain value; JSON of it is the document. */
export const dcatCatalog = (
  pages: readonly CatalogPage[],
  { title, description, publisher, baseUrl }: DcatOptions,
): Readonly<Record<string, unknown>> => {
  const ids = new Set(pages.map(({ id }) => id));
  return {
    '@context': context,
    '@id': baseUrl,
    '@type': 'dcat:Catalog',
    'dcterms:title': title,
    'dcterms:description': description,
    'dcterms:publisher': agent(publisher),
    'dcat:dataset': pages.map((page) => datasetOf(page, baseUrl, ids)),
  };
};
