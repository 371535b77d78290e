import { describe, expect, test } from 'vitest';
import { exampleFiles, examplePaths } from '../testing/example-files.ts';
import { checkHistory } from './check-history.ts';
import { parseProject } from './parse-project.ts';

const { departedAvsc, departedOdcs } = examplePaths;

describe('a contract against its earlier version', () => {
  const { contracts } = parseProject(exampleFiles());
  const departed = contracts[1]!;

  test('is in order when nothing changed', () => {
    expect(checkHistory(departed, departed.schemaText)).toEqual([]);
  });

  test('names the field, its line and who breaks', () => {
    const earlier = JSON.parse(departed.schemaText) as { fields: { name: string }[] };
    earlier.fields = earlier.fields.filter(({ name }) => name !== 'origin');
    const problems = checkHistory(departed, JSON.stringify(earlier));
    expect(problems).toMatchObject([
      { file: departedAvsc, line: 23, field: 'origin', rule: 'field-added-without-default' },
    ]);
    expect(checkHistory(departed, `\uFEFF${JSON.stringify(earlier)}`)).toEqual(problems);
    expect(problems[0]?.message).toMatch(
      /consumers with the new schema fail on records written before/,
    );
  });

  test('refuses a nested record that grows, which its tuple column could not take', () => {
    const withLeg = (fields: readonly unknown[]) => {
      const document = JSON.parse(departed.schemaText) as { fields: unknown[] };
      const type = { type: 'record', name: 'leg', fields };
      return { ...document, fields: [...document.fields, { name: 'leg', type }] };
    };
    const miles = { name: 'miles', type: 'int' };
    const [before, after] = [[miles], [miles, { name: 'stops', type: 'int', default: 0 }]].map(
      (fields) => JSON.stringify(withLeg(fields)),
    ) as [string, string];
    const files = exampleFiles().map((file) => {
      if (file.path === departedAvsc) return { ...file, text: after };
      if (file.path !== departedOdcs) return file;
      const text = file.text.replace('slaProperties:', '      - name: leg\nslaProperties:');
      return { ...file, text };
    });
    const { contracts: changed, problems } = parseProject(files);
    expect(problems).toEqual([]);
    expect(checkHistory(changed[1]!, before)).toMatchObject([
      { rule: 'nested-record-changed', field: 'leg' },
    ]);
  });
});
