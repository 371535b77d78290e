import { expect, test } from 'vitest';
import { registryDifference, registryState } from './registry-export.ts';

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

test('a registry that holds a part of the backup and nothing else may be the work of an import; one that holds more is somebody’s', () => {
  const other = { ...subject, subject: 'b-value' };
  const saved = [subject, other];
  expect(registryState(saved, [])).toBe('empty');
  expect(registryState(saved, saved)).toBe('whole');
  expect(registryState(saved, [subject])).toBe('part');
  expect(registryState(saved, [subject, { ...other, level: null }])).toBe('part');
  expect(registryState(saved, [{ ...subject, versions: [] }])).toBe('part');
  expect(registryState([subject], saved)).toBe('other');
  const newer = { version: 2, id: 9, schema: '"long"' };
  const grown = { ...subject, versions: [...subject.versions, newer] };
  expect(registryState(saved, [grown, other])).toBe('other');
  expect(registryState([grown], [{ ...grown, versions: [{ ...newer, id: 10 }] }])).toBe('other');
});
