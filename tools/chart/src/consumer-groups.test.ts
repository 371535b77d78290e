/** Groups by whose lag KEDA makes pods: one that nobody is in would never make any, so a name that is wrong is refused where the chart can know it. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { matrix } from './checks/matrix.ts';
import { chartFolder, findProgram } from './helm/helm.ts';
import { refusalOf, renderChart } from './helm/render-chart.ts';

const withHelm = test.skipIf(findProgram('helm') === undefined);

const declaring = (name: string) =>
  `import { transform } from '@millrace/streams';\n\nexport default transform('${name}', () => {});\n`;
const files = {
  'schemas/flights/departed.avsc': "export default transform('no_transform', '')",
  'transforms/late.ts': declaring('late_flights'),
  'transforms/named.mjs': declaring('airports_named').replace(
    "'airports_named'",
    '\n  "airports_named"',
  ),
  'transforms/late.test.ts': declaring('of_a_test'),
  'transforms/shared/more.ts': declaring('of_a_folder'),
  'transforms/contracts.d.ts': declaring('of_types'),
};
const late = 'millrace.transform.late_flights';

/** Values of a chart that scales transforms by the lag of these groups. */
const scaledBy = (
  groups: readonly string[],
  project: object = { files },
  settings: object = {},
) => ({
  ...matrix['least'],
  project,
  streamTransform: { settings, keda: { enabled: true, consumerGroups: groups } },
});
const groupsOf = (values: object) =>
  renderChart(values)
    .filter(({ kind }) => kind === 'ScaledObject')
    .flatMap(
      ({ spec }) => (spec as { triggers: { metadata: { consumerGroup: string } }[] }).triggers,
    )
    .map(({ metadata }) => metadata.consumerGroup);

withHelm.each([
  [
    'a group that is no transform’s',
    scaledBy(['transform.late_flights']),
    /consumerGroups.*does not match pattern/s,
  ],
  [
    'a misspelt one',
    scaledBy([late, 'millrace.transform.late_flight']),
    /no transform that runs here has the group millrace\.transform\.late_flight; there is millrace\.transform\.airports_named, millrace\.transform\.late_flights$/m,
  ],
  ['one of a test', scaledBy(['millrace.transform.of_a_test']), /has the group/],
  ['one of a folder below', scaledBy(['millrace.transform.of_a_folder']), /has the group/],
  [
    'one that settings leave out',
    scaledBy([late], { files }, { transforms: ['airports_named'] }),
    /there is millrace\.transform\.airports_named$/m,
  ],
  [
    'one that settings of a project in the image leave out',
    scaledBy([late], {}, { transforms: ['airports_named'] }),
    /there is millrace\.transform\.airports_named$/m,
  ],
  [
    'one of a project without transforms',
    scaledBy([late], { files: { 'schemas/a.avsc': '' } }),
    /there is none$/m,
  ],
])('%s is refused, and the message says which there are', (_what, values, message) => {
  expect(refusalOf(values)).toMatch(message);
});

withHelm.each([
  ['of transforms in values', scaledBy([late, 'millrace.transform.airports_named'])],
  ['that settings name, too', scaledBy([late], { files }, { transforms: ['late_flights'] })],
  ['of a project in the image', scaledBy([late], {})],
  [
    'of a project partly in ConfigMaps',
    scaledBy([late], {
      files: { 'transforms/other.ts': declaring('other') },
      configMaps: [{ name: 'more', items: [{ key: 'a', path: 'transforms/late.ts' }] }],
    }),
  ],
  [
    'of a file that makes up its name',
    scaledBy([late], { files: { 'transforms/late.ts': 'export default transform(name, build);' } }),
  ],
])('a group %s is taken', (_what, values) => {
  expect(groupsOf(values)).toContain(late);
});

withHelm('this repository’s own transforms are known by their files', () => {
  const folder = `${chartFolder}/../../transforms`;
  const own = Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => [`transforms/${name}`, readFileSync(`${folder}/${name}`, 'utf8')]),
  );
  const named = ['delays_by_airport', 'route_delay_sessions'].map((n) => `millrace.transform.${n}`);
  expect(groupsOf(scaledBy(named, { files: own }))).toEqual(named);
  expect(refusalOf(scaledBy([late], { files: own }))).toContain(named.join(', '));
});

withHelm('a group that has committed nothing counts as one without lag', () => {
  const triggers = renderChart({ ...scaledBy([late], {}), sink: { keda: { enabled: true } } })
    .filter(({ kind }) => kind === 'ScaledObject')
    .flatMap(({ spec }) => (spec as { triggers: { metadata: object }[] }).triggers);
  expect(triggers).toHaveLength(2);
  for (const { metadata } of triggers)
    expect(metadata).toMatchObject({ scaleToZeroOnInvalidOffset: 'true' });
});
