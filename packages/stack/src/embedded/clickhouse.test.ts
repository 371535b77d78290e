import { expect, test } from 'vitest';
import { fillTemplate } from './clickhouse.ts';

test('values are put into the configuration escaped, and unknown placeholders stay', () => {
  expect(fillTemplate('<path>@DIR@/data</path>@OTHER@', { DIR: '/a & <b>' })).toBe(
    '<path>/a &amp; &lt;b&gt;/data</path>@OTHER@',
  );
});
