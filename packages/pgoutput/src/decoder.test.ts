import { MillraceError } from '@millrace/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDecoder } from './decoder.ts';
import { type Call, goldenMessages, recordingHandler } from './testing/golden-messages.ts';

const decodeAll = (messages: readonly Buffer[]): readonly Call[] => {
  const { calls, handler } = recordingHandler();
  const decoder = createDecoder(handler);
  for (const message of messages) decoder.decode(message);
  return calls;
};

describe('messages of a real server', () => {
  const calls = decodeAll(goldenMessages());
  const named = (name: string): readonly Call[] => calls.filter(([call]) => call === name);

  test('each message makes one call', () => {
    expect(calls).toHaveLength(goldenMessages().length);
    expect(named('begin')).toHaveLength(named('commit').length);
  });

  test('a begin announces the LSN of its commit record, and the commit the byte behind it', () => {
    const [, finalLsn, committedAtUs, transactionId] = calls[0] as Call;
    const [, commitLsn, endLsn, sameTime] = named('commit')[0] as Call;
    expect(finalLsn).toBe(commitLsn);
    expect(endLsn).toBeGreaterThan(commitLsn as bigint);
    expect(committedAtUs).toBe(sameTime);
    expect(new Date(Number((committedAtUs as bigint) / 1000n)).toISOString()).toMatch(
      /^2026-11-22T/,
    );
    expect(transactionId).toBe(0x2515);
  });

  test('a relation tells names, identity and types', () => {
    expect(named('type')[0]).toEqual(['type', { oid: 0x40e7, schema: 'public', name: 'mood' }]);
    expect(named('relation')[0]).toEqual([
      'relation',
      {
        oid: 0x40eb,
        schema: 'public',
        table: 'plain',
        replicaIdentity: 'default',
        columns: [
          { name: 'id', identity: true, typeOid: 23, typeModifier: -1 },
          { name: 'v', identity: false, typeOid: 25, typeModifier: -1 },
          { name: 'm', identity: false, typeOid: 0x40e7, typeModifier: -1 },
        ],
      },
    ]);
    const whole = named('relation')[1]?.[1] as { replicaIdentity: string };
    expect(whole.replicaIdentity).toBe('full');
  });

  test('rows come with new values, key tuples and full old rows', () => {
    const rows = calls
      .filter(([name]) => ['insert', 'update', 'delete'].includes(name))
      .map(([name, , ...rest]) => [name, ...rest]);
    const doc = 'd'.repeat(3000);
    expect(rows).toEqual([
      ['insert', ['1', 'a', 'happy']],
      ['insert', ['2', null, null]],
      ['update', undefined, undefined, ['1', 'b', 'happy']],
      ['update', 'identity', ['1', null, null], ['3', 'b', 'happy']],
      ['delete', 'identity', ['2', null, null]],
      ['insert', ['1', 'x']],
      ['update', 'full', ['1', 'x'], ['1', 'y']],
      ['delete', 'full', ['1', 'y']],
      ['insert', ['1', doc, '1']],
      ['update', undefined, undefined, ['1', Symbol.for('unchanged'), '2']],
      ['insert', ['9', 'o', 'sad']],
    ]);
  });

  test('truncate, logical message and origin', () => {
    expect(named('truncate')).toEqual([
      ['truncate', [0x40eb, 0x40f3], { cascade: true, restartIdentity: true }],
    ]);
    expect(named('message')).toEqual([
      [
        'message',
        { transactional: true, lsn: 0xfd637a8n, prefix: 'prefix', content: Buffer.from('content') },
      ],
    ]);
    expect(named('origin')).toEqual([['origin', 0xabn, 'elsewhere']]);
  });
});

describe('bytes that are not a message', () => {
  const codeOf = (bytes: Buffer): string | undefined => {
    try {
      decodeAll([bytes]);
      return undefined;
    } catch (error) {
      if (error instanceof MillraceError) return error.code;
      throw error;
    }
  };

  test('every message cut anywhere before its end is refused as truncated', () => {
    for (const message of goldenMessages()) {
      const step = Math.max(1, Math.floor(message.length / 64));
      for (let length = 0; length < message.length; length += step) {
        expect([length, codeOf(message.subarray(0, length))]).toEqual([
          length,
          'pgoutput.message-truncated',
        ]);
      }
    }
  });

  test('an unknown first byte, tuple or column kind is refused by name', () => {
    expect(codeOf(Buffer.from('Z'))).toBe('pgoutput.message-unknown');
    expect(codeOf(Buffer.from('49000040eb58000374', 'hex'))).toBe('pgoutput.message-unknown');
    expect(codeOf(Buffer.from('49000040eb4e00017a', 'hex'))).toBe('pgoutput.message-unknown');
  });

  test('no bytes bring about anything but a message or a typed error', () => {
    const golden = goldenMessages();
    const damaged = fc
      .tuple(fc.nat(golden.length - 1), fc.nat(), fc.nat(255), fc.nat())
      .map(([which, at, byte, cut]) => {
        const bytes = Buffer.from(golden[which] as Buffer);
        bytes[at % bytes.length] = byte;
        return bytes.subarray(0, 1 + (cut % bytes.length));
      });
    const random = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(damaged, random), (bytes) => {
        const code = codeOf(bytes);
        return code === undefined || code.startsWith('pgoutput.message-');
      }),
      { numRuns: 5000 },
    );
  });
});
