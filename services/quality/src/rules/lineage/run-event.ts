/**
 * A look at a contract's rules as OpenLineage 2-0-2 events: a run that starts and completes, whose input is the table or the topic,
 * with the facet dataQualityAssertions 1-0-2. Source: openlineage.io/spec. Pure; sending is lineage-target.ts.
 */
import { randomUUID } from 'node:crypto';
import type { Contract, QualityRule } from '@millrace/contracts';
import type { RuleResult } from '@millrace/operations';

/** Where data is, as OpenLineage names it. */
export interface LineagePlaces {
  /** `clickhouse://host:port` */
  readonly warehouse: string;
  readonly database: string;
  /** `kafka://host:port` */
  readonly kafka: string;
}

const producer = 'https://github.com/millrace/millrace';
const schemaURL = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';
const facetURL =
  'https://openlineage.io/spec/facets/1-0-2/DataQualityAssertionsDatasetFacet.json#/$defs/DataQualityAssertionsDatasetFacet';
const jobTypeURL =
  'https://openlineage.io/spec/facets/2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet';

const assertionOf = (rule: QualityRule | undefined, result: RuleResult) => {
  const column = rule !== undefined && 'field' in rule.check ? rule.check.field : undefined;
  return {
    assertion: rule?.check.kind ?? result.rule,
    success: result.outcome === 'passed',
    ...(column !== undefined && { column }),
    severity: rule?.action === 'warn' ? 'warn' : 'error',
    name: rule?.name ?? result.rule,
    description: result.message,
    expected: result.expected,
    ...(result.measured !== null && { actual: String(result.measured) }),
  };
};

const datasetOf = (contract: Contract, place: RuleResult['place'], places: LineagePlaces) =>
  place === 'topic' || contract.warehouse === undefined
    ? { namespace: places.kafka, name: contract.topic.name }
    : { namespace: places.warehouse, name: `${places.database}.${contract.warehouse.view}` };

/** A pair of events for each place that was looked at; results that measured nothing assert nothing. */
export const runEvents = (
  contract: Contract,
  results: readonly RuleResult[],
  places: LineagePlaces,
): readonly object[] =>
  [...Map.groupBy(results, ({ place }) => place)].flatMap(([place, some]) => {
    const asserted = some.filter(({ outcome }) => outcome !== 'skipped');
    if (asserted.length === 0) return [];
    const endMs = Math.max(...some.map(({ atMs }) => atMs));
    const startMs = endMs - Math.max(...some.map(({ durationMs }) => durationMs));
    const shared = {
      ...{ producer, schemaURL },
      run: { runId: randomUUID() },
      job: {
        namespace: 'millrace',
        name: `quality.${contract.id}.${place}`,
        facets: {
          jobType: {
            ...{ _producer: producer, _schemaURL: jobTypeURL },
            ...{ integration: 'MILLRACE', jobType: 'QUALITY_CHECK' },
            processingType: place === 'topic' ? 'STREAMING' : 'BATCH',
          },
        },
      },
    };
    const dataset = datasetOf(contract, place, places);
    const dataQualityAssertions = {
      ...{ _producer: producer, _schemaURL: facetURL },
      assertions: asserted.map((result) =>
        assertionOf(
          contract.quality?.find(({ id }) => id === result.rule),
          result,
        ),
      ),
    };
    const iso = (ms: number) => new Date(ms).toISOString();
    return [
      { eventType: 'START', eventTime: iso(startMs), ...shared, inputs: [dataset], outputs: [] },
      {
        ...{ eventType: 'COMPLETE', eventTime: iso(endMs), ...shared },
        inputs: [{ ...dataset, inputFacets: { dataQualityAssertions } }],
        outputs: [],
      },
    ];
  });
