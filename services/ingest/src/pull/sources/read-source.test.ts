import { formatProblem } from '@millrace/contracts';
import { loadProject } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { readSource } from './read-source.ts';

const { contracts } = await loadProject(new URL('../../../../..', import.meta.url).pathname);

const read = (text: string, env: Record<string, string> = {}) =>
  readSource({ file: 'sources/flights.yaml', text, contracts, env });

const problemsOf = (text: string): readonly string[] => {
  const reading = read(text);
  return 'problems' in reading ? reading.problems.map(formatProblem) : [];
};

test('a source is read with its defaults, and secrets come from the environment', () => {
  const text = `
to: flights.departed
from:
  s3: s3://flights/2001/*.csv
  accessKeyId: \${env:KEY}
  secretAccessKey: \${env:SECRET}
map:
  flight_id: id
every: 5m
`;
  expect(read(text, { KEY: 'a', SECRET: 'b' })).toEqual({
    source: expect.objectContaining({
      name: 'flights',
      file: 'sources/flights.yaml',
      from: expect.objectContaining({ kind: 's3', accessKeyId: 'a', secretAccessKey: 'b' }),
      map: { flight_id: 'id' },
      everyMs: 300_000,
      dropsUnknown: false,
    }),
  });
});

test('each mistake is told with its line: words, values, names of streams and fields, expressions', () => {
  expect(
    problemsOf(`
to: flights.departd
from: { files: data/, settle: soon }
fromat: csv
`),
  ).toEqual([expect.stringMatching(/^sources\/flights\.yaml:4: fromat: .*did you mean format\?/)]);
  expect(problemsOf('to: flights.departed\nfrom: { files: data/, settle: soon }\n')).toEqual([
    expect.stringMatching(/^sources\/flights\.yaml:2: from\.settle: "soon" /),
  ]);
  expect(problemsOf('to: flights.departd\nfrom: { files: data/ }\n')).toEqual([
    expect.stringMatching(/:1: to: .*did you mean flights\.departed\?/),
  ]);
  expect(
    problemsOf(`to: flights.departed
from:
  files: data/
map:
  flight_id: id
  orign: from
  origin: $uppercase(
times: { format: dd.MM }
`),
  ).toEqual([
    expect.stringMatching(/:6: map\.orign: .*did you mean origin\?/),
    expect.stringMatching(/:7: map\.origin: /),
    expect.stringMatching(/:8: times\.format: .*needs yyyy once/),
  ]);
  expect(problemsOf('to: flights.departed\nfrom: { folder: data/ }\n')).toEqual([
    expect.stringMatching(/:2: from: needs one of files, s3/),
  ]);
  expect(problemsOf(`to: flights.departed\nfrom: { files: "\${env:NOWHERE}" }\n`)).toEqual([
    expect.stringMatching(/:2: from\.files: the environment has no NOWHERE/),
  ]);
  expect(problemsOf('to: [\n')).toHaveLength(1);
});
