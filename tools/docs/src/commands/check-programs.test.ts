/** What cannot be typed where tests run is held against the files and programs that it names; each check is seen to find something. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '@millrace/chart';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readPage } from '../pages/page.ts';
import { root } from '../reference-pages.ts';
import { dockerMisuse } from './check-docker.ts';
import { helmMisuse } from './check-helm.ts';
import { partMisuse, vitestMisuse } from './check-vitest.ts';
import { createCommandLine } from './millrace-command.ts';

const words = (text: string): readonly string[] => text.split(' ');
const image = 'ghcr.io/millrace/millrace:0.1.0';

test.each([
  ['compose --profile core up --detach --wait', undefined],
  ['compose exec sink millrace status', undefined],
  ['compose run --rm contracts contracts plan', undefined],
  ['build --tag ghcr.io/millrace/millrace:0.1.0 --build-arg REVISION=x .', undefined],
  [`run --rm --volume ./schemas:/project/schemas:ro ${image} sink`, undefined],
  ['compose --profile cor up', 'docker-compose.yml has no profile cor'],
  ['compose up --detached', 'docker compose up has no option --detached'],
  ['compose ups', 'docker compose ups is no command that pages may name'],
  ['compose run contract plan', 'docker-compose.yml has no service contract'],
  ['compose exec sink millrace statsu', 'there is no command millrace statsu'],
  ['compose run contracts contracts paln', "error: unknown command 'paln'"],
  ['buildx build --build-arg REVISON=x .', 'the Dockerfile has no argument REVISON'],
  ['push ghcr.io/millrace/milrace:0.1.0', `ghcr.io/millrace/milrace:0.1.0 is not`],
  [`run --volume ./schema:/project/schemas ${image} sink`, './schema does not exist'],
  [`run --env A=b ${image} snik`, 'there is no command millrace snik'],
])('docker %s', async (text, wrong) => {
  const said = await dockerMisuse(words(text), root, createCommandLine(root).misuse);
  if (wrong === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(wrong);
});

test.each([
  ['--project unit packages/avro', undefined],
  ['--project long tests/long/disaster-', undefined],
  ['--project units', 'vitest.config.ts has no project units'],
  ['packages/arvo', 'packages/arvo is no test'],
  ['-t nobodysname', "no test has the name 'nobodysname'"],
])('vitest run %s', (text, wrong) => {
  expect(vitestMisuse(words(text), root)).toBe(wrong);
});

test('parts of the whole run', async () => {
  expect(await partMisuse('test', words('-- lint unit'), root)).toBeUndefined();
  expect(await partMisuse('test', words('-- long'), root)).toBe('npm test has no part long');
});

test.skipIf(findProgram('helm') === undefined).each([
  ['helm', 'upgrade --install millrace charts/millrace --namespace millrace --wait', undefined],
  ['helm', 'push dist/release/millrace-0.2.0.tgz oci://ghcr.io/millrace/charts', undefined],
  ['helm', 'upgrade millrace charts/milrace', 'charts/milrace does not exist'],
  ['helm', 'upgrade millrace --vals x', 'helm upgrade has no option --vals'],
  ['helm', 'upgarde millrace', 'helm upgarde is no command'],
  ['kubectl', '-n x create secret generic y --from-literal=a=b', undefined],
  ['kubectl', 'create secret generic y --from-literals=a=b', 'kubectl create has no option'],
] as const)('%s %s', (program, text, wrong) => {
  const said = helmMisuse(program, words(text), root);
  if (wrong === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(wrong);
});

test('what docs/howto/run-with-docker.md asks of ClickHouse is answered there: its port, its user, the table', () => {
  const path = 'docs/howto/run-with-docker.md';
  const { blocks } = readPage(path, readFileSync(join(root, path), 'utf8'));
  const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), {
    merge: true,
  }) as Record<string, Record<string, { ports: string[]; environment: Record<string, string> }>>;
  const { ports, environment } = services!['clickhouse']!;
  const asked = /curl '(.+?)'[\s\S]+?max\((\w+)\) FROM (\w+)_(\w+)'/.exec(
    blocks.map(({ code }) => code).join('\n'),
  );
  const [, url = '', column, domain, name] = asked ?? [];
  const { port, searchParams } = new URL(url);
  expect(ports[0]).toMatch(new RegExp(`:-${port}}:8123$`));
  expect(Object.fromEntries(searchParams)).toEqual({
    user: environment['CLICKHOUSE_USER'],
    password: environment['CLICKHOUSE_PASSWORD'],
    database: environment['CLICKHOUSE_DB'],
  });
  const schema = readFileSync(join(root, `schemas/${domain}/${name}.avsc`), 'utf8');
  expect(schema).toContain(`"name": "${column}"`);
});
