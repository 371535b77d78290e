import { fileURLToPath } from 'node:url';
import { loadProject } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { topicsPage } from './topics-page.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('names are those that the code makes, and the example has its row', async () => {
  const { contracts } = await loadProject(root);
  const text = topicsPage(contracts);
  expect(text).toContain('`changes.<source>.<schema>.<table>`');
  expect(text).toMatch(/`flights\.departed` \| `events\.flights\.departed` \| 4 \|/);
});
