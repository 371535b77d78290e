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
  const failed = { ...report, ...({ state: 'failed', why: 'the door is away' } as const) };
  expect(redriveText(failed, false)).toMatch(/^r {2}failed {2}2 of 3 .*\n {2}the door is away\n/);
});

test('a dry run names letters that stay, under their reason', () => {
  const ids = Array.from({ length: 6 }, (_, offset) => `stream-transform:0:${offset}`);
  const report = {
    ...({ id: '', by: 'me', reason: 'cured', state: 'done', matched: 7, sent: 1 } as const),
    refused: [{ why: 'it was there', count: 6 }],
    byReason: [{ code: 'transform.refused', count: 1 }],
    letters: [...ids.map((id) => ({ id, why: 'it was there' })), { id: 'sent', why: null }],
    ...{ startedMs: 0, endedMs: 1 },
  };
  expect(redriveText(report, true)).toBe(
    [
      '1 of 7 letters would be sent again.',
      '  1 transform.refused',
      '  6 not sent: it was there',
      `      ${ids.slice(0, 5).join(', ')}, …`,
    ].join('\n'),
  );
});
