import { code, page, table } from './markdown.ts';
import type { ServiceDeclarations } from './service-declarations.ts';

/** docs/reference/metrics.md: every metric a service exposes at /metrics. */
export const metricsPage = (services: readonly ServiceDeclarations[]): string =>
  page('Metrics', "each service's `src/metrics.ts`", [
    "Prometheus text at `/metrics` on the admin port. Names are `millrace_<service>_<noun>_<unit>`, in base units; counters end in `_total`. Node's own `process_*` and `nodejs_*` come with each service.",
    ...services.map(
      ({ name, metrics }) =>
        `## ${name}\n\n${table(
          ['Metric', 'Type', 'Labels', 'What it measures'],
          metrics.map((metric) => [
            code(metric.name),
            metric.type,
            metric.labels.map(code).join(', '),
            metric.help,
          ]),
        )}`,
    ),
  ]);
