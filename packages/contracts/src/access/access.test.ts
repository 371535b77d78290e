import { describe, expect, test } from 'vitest';
import { parseProject } from '../project/parse-project.ts';
import { examplePaths, exampleWith } from '../testing/example-files.ts';
import { warehouseObjects } from '../warehouse/warehouse-objects.ts';
import { hasWarehouse } from '../warehouse/warehouse-table.ts';
import { parseAccessFile } from './access-file.ts';
import { accessModel, unknownRoles } from './access-model.ts';
import { accessStatements } from './access-sql.ts';
import { accessXml } from './access-xml.ts';

/**
 * Rights as values and as text. That servers give exactly these is tests/journeys/analyst-access.test.ts.
 */
const { airportsOdcs } = examplePaths;
const city = 'name: city\n        logicalType: string\n        required: false\n';
const classified = (words: string) =>
  parseProject(
    exampleWith(airportsOdcs, `${city}        classification: public`, `${city}${words}`),
  );
const withReaders = (readers: string) =>
  parseProject(
    exampleWith(
      airportsOdcs,
      '        name: airports\n',
      `        name: airports\n        access: { readers: ${readers} }\n`,
    ),
  );
const noFile = parseAccessFile('warehouse/access.yaml', undefined).access;
const hash = 'a'.repeat(64);

describe('a classification', () => {
  test('that is none of the four words is a problem, since rights follow from it', () => {
    expect(classified('        classification: secret').problems).toMatchObject([
      { rule: 'classification-unknown', line: 31 },
    ]);
  });

  test('above internal makes a second view in which the column is masked under its name', () => {
    const views = (words: string) =>
      classified(words)
        .contracts.filter(hasWarehouse)
        .filter(({ name }) => name === 'airports')
        .flatMap((contract) => warehouseObjects(contract).views)
        .map(({ select }) => select);
    expect(views('        classification: internal')).toHaveLength(1);
    expect(views('        classification: confidential')[1]).toContain(
      "CAST(NULL, 'Nullable(String)') AS `city`",
    );
    const mask = `        customProperties: [{ property: millrace, value: { mask: "left(city, 1)" } }]`;
    expect(views(`        classification: restricted\n${mask}`)[1]).toContain(
      "CAST(left(city, 1), 'Nullable(String)') AS `city`",
    );
  });

  test('of a masked column is confidential or restricted, and its mask is made of it alone', () => {
    const mask = (of: string) =>
      `        customProperties: [{ property: millrace, value: { mask: "left(${of}, 1)" } }]`;
    const rules = (words: string) => classified(words).problems.map(({ rule }) => rule);
    expect(rules(`        classification: public\n${mask('city')}`)).toEqual(['mask-unneeded']);
    expect(rules(`        classification: confidential\n${mask('name')}`)).toEqual([
      'mask-of-others',
    ]);
  });
});

describe('readers', () => {
  test.each([
    ['[{ role: analyst }]', 'role-taken'],
    ['[{ role: reader_flights }]', 'role-taken'],
    ['[{ role: west }, { role: west }]', 'role-taken'],
    ['[{ role: west, where: "stat = \'CA\'" }]', 'unknown-column'],
    ['[{ role: west, wher: "state = \'CA\'" }]', 'unknown-word'],
    ['[{ role: west, level: secret }]', 'value-unknown'],
  ])('%s: %s', (readers, rule) => {
    expect(withReaders(readers).problems.map((problem) => problem.rule)).toContain(rule);
  });

  test('have a policy each; who may see the whole view has one too, and so have all that are none of them', () => {
    const { contracts } = withReaders(`[{ role: west, where: "state = 'CA'" }]`);
    const statements = accessStatements(accessModel(contracts, noFile, 'db'));
    expect(statements.filter((one) => one.includes('ROW POLICY'))).toEqual([
      'CREATE ROW POLICY OR REPLACE `millrace_others` ON `db`.`airports` AS PERMISSIVE FOR SELECT USING 1 TO ALL EXCEPT `millrace_west`',
      'CREATE ROW POLICY OR REPLACE `millrace_whole` ON `db`.`airports` AS PERMISSIVE FOR SELECT USING 1 TO `millrace_analyst`, `millrace_analyst_confidential`, `millrace_reader_flights`',
      "CREATE ROW POLICY OR REPLACE `millrace_west` ON `db`.`airports` AS PERMISSIVE FOR SELECT USING state = 'CA' TO `millrace_west`",
    ]);
  });

  test('in a file of users see the rows of all their roles together, or all rows with one role that may', () => {
    const { contracts } = withReaders(
      `[{ role: west, where: "state = 'CA'" }, { role: east, where: "state < 'N'" }]`,
    );
    const conditions = (...roles: string[]) => {
      const users = [{ name: 'anna', roles, sha256: hash }];
      const xml = accessXml(accessModel(contracts, { ...noFile, users }, 'db'));
      return /<filter>(.*)<\/filter>/.exec(xml)?.[1];
    };
    expect(conditions('west')).toBe("(state = 'CA')");
    expect(conditions('west', 'east')).toBe("(state = 'CA') OR (state &lt; 'N')");
    expect(conditions('west', 'analyst')).toBeUndefined();
  });
});

describe('warehouse/access.yaml', () => {
  const parse = (text: string) => parseAccessFile('warehouse/access.yaml', text);

  test('holds hashes of passwords and never a password', () => {
    expect(parse(`users: [{ name: anna, roles: [analyst], sha256: ${hash} }]`).problems).toEqual(
      [],
    );
    const wrong = (user: string) => parse(`users: [${user}]`).problems.length;
    expect(wrong('{ name: anna, roles: [analyst], password: secret }')).toBeGreaterThan(0);
    expect(wrong('{ name: anna, roles: [analyst], sha256: secret }')).toBeGreaterThan(0);
    expect(wrong('{ name: anna, roles: [analyst] }')).toBeGreaterThan(0);
  });

  test('changes single limits and keeps the others', () => {
    const { access } = parse('limits: { executionSeconds: 5 }');
    expect(access.limits).toEqual({ ...noFile.limits, executionSeconds: 5 });
    expect(parse('limits: { executionSeconds: 0 }').problems).toHaveLength(1);
  });

  test('names roles that there are, and each user once', () => {
    const { contracts } = withReaders('[{ role: west }]');
    const users = [{ name: 'anna', roles: ['west', 'reader_hr'], sha256: hash }];
    expect(unknownRoles(accessModel(contracts, { ...noFile, users }, 'db'))).toEqual(['reader_hr']);
    const anna = `{ name: anna, roles: [west], sha256: ${hash} }`;
    expect(parse(`users: [${anna}, ${anna}]`).problems).toMatchObject([{ rule: 'duplicate' }]);
  });
});
