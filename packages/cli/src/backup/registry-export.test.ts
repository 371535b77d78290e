import { expect, test } from 'vitest';
import { registryDifference } from './registry-export.ts';

const subject = {
  ...{ subject: 'a-value', level: 'BACKWARD' },
  versions: [{ version: 1, id: 7, schema: '"int"' }],
};

test('a registry is what was saved when ids, levels and schemas are, whatever else it holds', () => {
  expect(
    registryDifference([subject], [subject, { ...subject, subject: 'b-value' }]),
  ).toBeUndefined();
  expect(registryDifference([subject], [])).toContain('is missing');
  expect(registryDifference([subject], [{ ...subject, level: null }])).toContain('level null');
  const other = (change: object) => [
    { ...subject, versions: [{ ...subject.versions[0]!, ...change }] },
  ];
  expect(registryDifference([subject], other({ id: 8 }))).toContain('has id 8, not 7');
  expect(registryDifference([subject], other({ schema: '"long"' }))).toContain('another schema');
});
