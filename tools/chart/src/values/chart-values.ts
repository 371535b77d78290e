/** Every value of the chart, in the order in which a person reads them. */
import { clickhouse, kafka, networkPolicy, registry, trust } from './connections.ts';
import { contracts, image, monitoring, names, project, security, test } from './platform.ts';
import { cdc, type Declarations, ingest, quality, sink, streamTransform } from './services.ts';
import { type Group, value } from './value.ts';

export type { Declarations } from './services.ts';

/** @param declarations the config of each service by its name */
export const chartValues = (declarations: Declarations): Group =>
  value.group('Values of the Millrace chart.', {
    image,
    project,
    kafka,
    registry,
    clickhouse,
    trust,
    contracts,
    ingest: ingest(declarations),
    cdc: cdc(declarations),
    streamTransform: streamTransform(declarations),
    sink: sink(declarations),
    quality: quality(declarations),
    logLevel: value.oneOf(
      'The least severe level that is logged.',
      ['debug', 'info', 'warn', 'error'],
      'info',
    ),
    adminPort: value.count(
      'Port of /livez, /readyz and /metrics in every pod.',
      9464,
      1024,
      65_535,
    ),
    networkPolicy,
    monitoring,
    test,
    ...security,
    ...names,
  });
