import { expect, test } from 'vitest';
import { errorsPage } from './errors-page.ts';

const doc = { summary: 'It broke.', cause: 'Age.', remedy: 'Mend it.' };

test('a code stands under its area with its cause and remedy', () => {
  const text = errorsPage({ 'kafka.x': doc, 'avro.y': doc, 'kafka.z': doc });
  expect(text).toContain('### kafka.x\n\nIt broke.\n\n* Cause: Age.\n* Remedy: Mend it.');
  expect(text.match(/^## .*$/gm)).toEqual(['## kafka', '## avro']);
});
