import { expect, test } from 'vitest';
import { restorePosition } from './restore-position.ts';

const position = { commitLsn: 5n, index: 1, systemId: 's' };
const slot = { activePid: undefined, lost: undefined, restartLsn: 1n };

test('position and slot: the stream goes on', () => {
  expect(restorePosition(position, slot, 's', 'initial')).toEqual({ next: 'stream', position });
});

test('neither: the first snapshot', () => {
  expect(restorePosition(undefined, undefined, 's', 'initial')).toEqual({
    next: 'snapshot',
    dropSlot: false,
  });
});

test('a slot without a position is left from a snapshot that was cut off', () => {
  expect(restorePosition(undefined, slot, 's', 'initial')).toEqual({
    next: 'snapshot',
    dropSlot: true,
  });
});

test('a lost slot, a missing slot and another cluster stop the service, or begin anew when asked to', () => {
  const cases = [
    [{ ...slot, lost: 'wal_removed' }, 's', true],
    [undefined, 's', false],
    [slot, 'other', true],
  ] as const;
  for (const [state, system, dropSlot] of cases) {
    expect(() => restorePosition(position, state, system, 'initial')).toThrow(
      expect.objectContaining({ code: 'cdc.slot-lost', retryable: false }),
    );
    expect(restorePosition(position, state, system, 'when_needed')).toEqual({
      next: 'snapshot',
      dropSlot,
    });
  }
});

test('after an initial_only snapshot there is nothing more to do', () => {
  expect(restorePosition(position, undefined, 's', 'initial_only')).toEqual({ next: 'end' });
  // cut off it is no end: it begins anew
  expect(restorePosition(position, slot, 's', 'initial_only', false)).toEqual({
    next: 'snapshot',
    dropSlot: true,
  });
});

test('a server whose log ends before the position stops the service in every mode: it went back in time', () => {
  for (const mode of ['initial', 'when_needed'] as const) {
    for (const state of [slot, undefined]) {
      expect(() => restorePosition(position, state, 's', mode, true, 4n)).toThrow(
        expect.objectContaining({ code: 'cdc.source-behind', retryable: false }),
      );
    }
    expect(restorePosition(position, slot, 's', mode, true, 5n)).toMatchObject({ next: 'stream' });
  }
});
