import { fileURLToPath } from 'node:url';
import { chartFiles } from '@millrace/chart';
import { errorCodes, renderTransformTypes, renderTypes } from '@millrace/contracts';
import { loadProject } from '@millrace/runtime';
import { casesPage, loadCases } from './cases-page.ts';
import { configPage } from './config-page.ts';
import { debeziumPage, loadDebeziumDifferences } from './debezium-page.ts';
import { errorsPage } from './errors-page.ts';
import { metricsPage } from './metrics-page.ts';
import { dashboards } from './monitoring/dashboards.ts';
import { loadServices } from './service-declarations.ts';
import { topicsPage } from './topics-page.ts';

/** The repository's root, with a slash at the end. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Every generated page or file: path relative to the root → text. Reads declarations, writes nothing. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  const services = await loadServices(root);
  const { contracts } = await loadProject(root);
  return {
    'docs/reference/cdc-cases.md': casesPage(await loadCases(root)),
    'docs/reference/config.md': configPage(services),
    'docs/reference/debezium-differences.md': debeziumPage(await loadDebeziumDifferences(root)),
    'docs/reference/errors.md': errorsPage(errorCodes),
    'docs/reference/metrics.md': metricsPage(services),
    'docs/reference/topics.md': topicsPage(contracts),
    ...chartFiles(Object.fromEntries(services.map(({ name, config }) => [name, config]))),
    'transforms/contracts.d.ts': renderTransformTypes(contracts),
    'tools/docs/src/examples/events.ts': renderTypes(contracts),
    ...Object.fromEntries(
      Object.entries(dashboards(services)).map(([file, text]) => [
        `charts/millrace/files/dashboards/${file}`,
        text,
      ]),
    ),
  };
}
