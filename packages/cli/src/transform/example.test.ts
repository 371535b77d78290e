import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readCaseFiles } from './cases/case-files.ts';
import { runCase } from './cases/run-case.ts';
import { checkTransform } from './check-transform.ts';
import { loadTransforms } from './load-transforms.ts';

const project = fileURLToPath(new URL('../../../../', import.meta.url));

test('the example’s transforms agree with its contracts, and their cases come to what they expect', async () => {
  const loaded = await loadTransforms(project);
  for (const { path, transform } of loaded.transforms)
    expect(checkTransform(transform, loaded.contracts), path).toEqual([]);
  const files = await readCaseFiles(project, loaded, []);
  expect(files.map(({ transform }) => transform)).toEqual(
    loaded.transforms.map(({ transform }) => transform),
  );
  for (const { path, transform, cases } of files) {
    for (const one of cases) {
      const { differences } = await runCase(transform, loaded.contracts, one);
      expect(differences, `${path}: ${one.name}`).toEqual([]);
    }
  }
});
