import { expect, test } from 'vitest';
import { html } from './html.ts';

test('text is escaped, markup of its own kind is not, and what is absent leaves nothing', () => {
  const inner = html`<b>${'<script>'}</b>`;
  expect(html`<p title="${'"x"'}">${inner}${[null, false, 1, 'a&b']}</p>`.markup).toBe(
    '<p title="&quot;x&quot;"><b>&lt;script&gt;</b>1a&amp;b</p>',
  );
});
