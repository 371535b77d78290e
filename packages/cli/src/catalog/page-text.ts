/** A page of the catalog for a terminal. */
import type { CatalogPage, Participant } from '@millrace/operations';
import { tableText } from '../demo/table-text.ts';

const when = (ms: number | null): string =>
  ms === null ? '–' : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`;

const participantRow = ({ name, kind, seen, declared, lastMs }: Participant) => ({
  ...{ name, kind, known: declared ? 'declared' : 'only seen' },
  'last seen': seen ? when(lastMs) : 'never',
});

const section = (title: string, rows: readonly Readonly<Record<string, unknown>>[]): string[] =>
  rows.length === 0 ? [] : [`${title}\n${tableText(rows)}`];

const factLines = (page: CatalogPage): string => {
  const { ending } = page;
  return [
    `owner    ${page.owner}`,
    `topic    ${page.topic}`,
    ...(page.view === null ? [] : [`view     ${page.view}`]),
    ...(page.key.length === 0 ? [] : [`key      ${page.key.join(', ')}`]),
    `schema   ${page.compatibility}, ${page.files.avsc}`,
    ...(page.observedMs === null
      ? []
      : [`last     ${when(page.lastEventMs)}`, `rows     ${page.rows ?? '–'}`]),
    ...(ending?.ends == null ? [] : [`ends     ${ending.ends}`]),
    ...(ending?.replacedBy == null ? [] : [`go to    ${ending.replacedBy}`]),
  ].join('\n');
};

const lineageRows = ({ id, lineage }: CatalogPage) => {
  const hops = new Map<string, { direction: string; dataset: string; by: string }>();
  for (const { from, to, by } of lineage) {
    if (to.dataset === id)
      hops.set(`< ${from.dataset} ${by}`, { direction: 'from', dataset: from.dataset, by });
    else if (from.dataset === id)
      hops.set(`> ${to.dataset} ${by}`, { direction: 'to', dataset: to.dataset, by });
  }
  return [...hops.values()];
};

/** What a person asks of a contract; settings, versions in full and texts to run are in `--json`. */
export const pageText = (page: CatalogPage): string =>
  [
    `${page.id}  ${page.version}  ${page.status}${page.title === null ? '' : `  ${page.title}`}`,
    page.description,
    ...(page.usage === null ? [] : [page.usage]),
    ...(page.limitations === null ? [] : [page.limitations]),
    factLines(page),
    ...section(
      'Fields',
      page.fields.map(({ name, type, columnType, classification, description }) => ({
        ...{ field: name, type, column: columnType ?? '–', readers: classification, description },
      })),
    ),
    ...section(
      'Promises',
      page.objectives.map(({ promised, observed, met }) => ({
        promise: promised,
        observed: observed ?? '–',
        met: met === null ? '–' : met ? 'yes' : 'no',
      })),
    ),
    ...section('Who sends', page.producers.map(participantRow)),
    ...section('Who reads', page.consumers.map(participantRow)),
    ...section('Lineage', lineageRows(page)),
    ...section(
      'Changes of the schema',
      page.versions.flatMap(({ version, changes }) =>
        changes.map(({ breaking, message }) => ({
          ...{ version, breaking: breaking ? 'yes' : '', change: message },
        })),
      ),
    ),
  ].join('\n\n');
