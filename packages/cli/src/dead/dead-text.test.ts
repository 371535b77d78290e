import { expect, test } from 'vitest';
import { contentText, redriveText } from './dead-text.ts';

const letter = {
  ...{ id: 'sink:0:1', service: 'sink', topic: 'events.a.b', partition: 0, offset: 4 },
  ...{ contract: null, stage: 'sink', code: 'sink.record-unframed', message: 'm', atMs: 0 },
  ...{ keyText: null, valueBytes: 3, redrives: 0, redrivenAtMs: null },
};

test('bytes that are text are shown so, others as digits, and why they are not decoded', () => {
  const shown = {
    headers: [{ name: 'h', text: 'x' }],
    decoded: null,
    undecodedReason: 'no header',
  };
  const text = contentText({ ...letter, ...shown, key: null, value: 'YWJj' });
  expect(text).toContain('value:\nabc');
  expect(text).toContain('not decoded: no header');
  expect(text).toContain('h: x');
  expect(contentText({ ...letter, ...shown, key: null, value: 'AAEC' })).toContain('000102');
});

test('a redrive tells what was not sent and why', () => {
  const report = {
    ...({ id: 'r', by: 'me', reason: 'cured', state: 'done', matched: 3, sent: 2 } as const),
    refused: [{ why: 'sent too often', count: 1 }],
    byReason: [{ code: 'sink.record-refused', count: 2 }],
    ...{ startedMs: 0, endedMs: 1 },
  };
  expect(redriveText(report, false)).toBe(
    'r  done  2 of 3 letters sent again, by me: cured\n  2 sink.record-refused\n  1 not sent: sent too often',
  );
  expect(redriveText(report, true)).toMatch(/^2 of 3 letters would be sent again\./);
});
