/**
 * A contract as OpenLineage 2-0-2 dataset events: its topic and its table, with fields, owner and description. What a catalog elsewhere shows of them
 * before any rule ran. Source: openlineage.io/spec. Pure; sending is lineage-target.ts, when is tell-datasets.ts.
 */
import { describeFields } from '@millrace/catalog';
import type { Contract } from '@millrace/contracts';
import type { LineagePlaces } from './run-event.ts';

const producer = 'https://github.com/millrace/millrace';
const schemaURL = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent';

const facet = (name: string, version: string, content: object) => ({
  _producer: producer,
  _schemaURL: `https://openlineage.io/spec/facets/${version}/${name}.json#/$defs/${name}`,
  ...content,
});

interface Field {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
}

const facetsOf = (
  { description, owner }: Contract,
  source: string,
  fields: readonly Field[],
): object => ({
  schema: facet('SchemaDatasetFacet', '1-1-1', { fields }),
  documentation: facet('DocumentationDatasetFacet', '1-0-1', { description }),
  ownership: facet('OwnershipDatasetFacet', '1-0-1', { owners: [{ name: owner, type: 'TEAM' }] }),
  dataSource: facet('DatasourceDatasetFacet', '1-0-1', { name: source, uri: source }),
});

/** One event for the topic, and one for the view that analysts read, where there is a table. The names are those of the run events. */
export const datasetEvents = (
  contract: Contract,
  places: LineagePlaces,
  atMs: number,
): readonly object[] => {
  const described = describeFields(contract).map(({ name, type, description }) => ({
    ...{ name, type },
    ...(description !== '' && { description }),
  }));
  const { warehouse } = contract;
  const columns = warehouse?.columns.map(({ name, type }) => ({
    ...described.find((one) => one.name === name),
    ...{ name, type },
  }));
  const event = (namespace: string, name: string, fields: readonly Field[]) => ({
    ...{ eventTime: new Date(atMs).toISOString(), producer, schemaURL },
    dataset: { namespace, name, facets: facetsOf(contract, namespace, fields) },
  });
  return [
    event(places.kafka, contract.topic.name, described),
    ...(warehouse === undefined || columns === undefined
      ? []
      : [event(places.warehouse, `${places.database}.${warehouse.view}`, columns)]),
  ];
};
