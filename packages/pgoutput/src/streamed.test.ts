import { expect, test } from 'vitest';
import { createDecoder } from './decoder.ts';
import { beginOf, commitOf, readStreamControl, transactionIdOf } from './streamed.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

test('start, stop, commit and abort of a streamed transaction are told from rows', () => {
  expect(readStreamControl(bytes('53 00000309 01'))).toEqual({ kind: 'start', transactionId: 777 });
  expect(readStreamControl(bytes('45'))).toEqual({ kind: 'stop' });
  expect(readStreamControl(bytes('41 00000309 0000030a'))).toEqual({
    ...{ kind: 'abort', transactionId: 777, subtransactionId: 778 },
  });
  const parallel = bytes('41 00000309 00000309 0000000000000001 0000000000000002');
  expect(readStreamControl(parallel)).toMatchObject({ subtransactionId: 777 });
  expect(readStreamControl(bytes('49 00000309 00000001 4e 0000'))).toBeUndefined();
  expect(transactionIdOf(bytes('49 00000309 00000001 4e 0000'))).toBe(777);
});

test('a commit becomes the begin and the commit of an ordinary transaction', () => {
  const control = readStreamControl(
    bytes('63 00000309 00 0000000000000064 000000000000006c 0000000000000005'),
  );
  if (control?.kind !== 'commit') throw new Error('no commit');
  const heard: unknown[] = [];
  const ignore = (): undefined => undefined;
  const decoder = createDecoder({
    begin: (...all) => heard.push(all),
    commit: (...all) => heard.push(all),
    ...{ relation: ignore, type: ignore, insert: ignore, update: ignore, delete: ignore },
    ...{ truncate: ignore, message: ignore, origin: ignore },
  });
  decoder.decode(beginOf(control));
  decoder.decode(commitOf(control));
  expect(heard).toEqual([
    [100n, 946_684_800_000_005n, 777],
    [100n, 108n, 946_684_800_000_005n],
  ]);
});

test.each(['53 0000', '63 00000309 00 00', '41 00000309'])('a cut one is refused: %s', (hex) => {
  expect(() => readStreamControl(bytes(hex))).toThrow(
    expect.objectContaining({ code: 'pgoutput.message-truncated' }),
  );
});
