import { expect, test } from 'vitest';
import { withLogMark, withoutLogMark } from './log-mark.ts';

test('the log that an offset counts in comes back as it was written', () => {
  const mark = { cluster: '5L6g3nShT-eMCtK--X86sw', topicId: 'nQe5m_2sTdmDMW4mRZ1E3A' };
  for (const text of ['', 'AQ-_']) {
    expect(withoutLogMark(withLogMark(text, mark))).toEqual({ text, mark });
    expect(withoutLogMark(withLogMark(text, undefined))).toEqual({ text });
  }
});

test('what others have written has no mark', () => {
  for (const text of ['{"a":"b.c.d"}', 'a.b', 'a.b.c.d', '["times"]'])
    expect(withoutLogMark(text)).toEqual({ text });
});
