import { expect, test } from 'vitest';
import type { EncodedEvent } from './encode-event.ts';
import { createIdentifyEventStep } from './identify-event.ts';

const identify = createIdentifyEventStep(() => 'made-up');
const event = (options: {
  identity?: readonly string[] | 'content';
  datum?: Buffer;
  value?: object;
  attributes?: object;
  single?: boolean;
  /** The id that the event gives itself, as a CloudEvent does. */
  own?: string;
}) =>
  ({
    index: 4,
    value: options.value ?? {},
    datum: options.datum ?? Buffer.alloc(5),
    delivery: {
      body:
        options.own === undefined
          ? {}
          : { attributes: { 4: { id: options.own, source: '/till' } } },
      single: options.single ?? true,
      request: {
        attributes: options.attributes ?? {},
        stream: { contract: { identity: options.identity } },
      },
    },
  }) as unknown as EncodedEvent;

test('the contract’s identity field comes first, whatever the headers say', () => {
  const given = { identity: ['no'], value: { no: 17 }, attributes: { id: 'header' } } as const;
  expect(identify(event(given))).toMatchObject({
    value: { id: '17', claim: '17', idFrom: 'contract' },
  });
});

test('without one, ce-id identifies a single event', () => {
  const given = { attributes: { id: 'header', idempotencyKey: 'key' } };
  expect(identify(event(given))).toMatchObject({ value: { id: 'header', idFrom: 'sender' } });
});

test('in a batch the idempotency key and the index do, since ce-id would be the same for all', () => {
  const given = { attributes: { id: 'header', idempotencyKey: 'key' }, single: false };
  expect(identify(event(given))).toMatchObject({ value: { id: 'key/4', idFrom: 'sender' } });
});

test('with nothing given the id is made up, and the event cannot be recognised again', () => {
  expect(identify(event({}))).toMatchObject({ value: { id: 'made-up', idFrom: 'chance' } });
  expect(identify(event({ identity: ['no'], value: { no: null } }))).toMatchObject({
    value: { id: 'made-up', idFrom: 'chance' },
  });
});

const idOf = (options: Parameters<typeof event>[0]) => {
  const outcome = identify(event(options));
  return outcome.kind === 'ok' ? outcome.value.id : undefined;
};

test('several fields make one id, which no other values of theirs make', () => {
  const identity = ['till', 'no'] as const;
  const of = (till: string, no: string) => idOf({ identity, value: { till, no } });
  expect(of('a', 'b')).toBe(of('a', 'b'));
  expect(of('a', 'b')).toMatch(/^[\w-]{22}$/);
  expect(of('a|b', 'c')).not.toBe(of('a', 'b|c'));
});

test('the content alone makes the id, whichever schema id stands before it', () => {
  const of = (header: string, datum: string) =>
    idOf({ identity: 'content', datum: Buffer.from(header + datum) });
  expect(of('00001', 'sun')).toBe(of('00002', 'sun'));
  expect(of('00001', 'sun')).not.toBe(of('00001', 'rain'));
});

test('the same id of another source is another claim, but where the contract names the identity', () => {
  const claim = (source: string, identity?: readonly string[]) =>
    identify(
      event({
        ...(identity && { identity }),
        value: { no: 1 },
        attributes: { id: '1', source },
      }),
    );
  expect(claim('/a')).toMatchObject({ value: { id: '1', claim: '/a\n1' } });
  expect(claim('/b')).toMatchObject({ value: { id: '1', claim: '/b\n1' } });
  expect(claim('/b', ['no'])).toMatchObject({ value: { id: '1', claim: '1' } });
});

test('what a CloudEvent says of itself comes before what its request says, and after the contract', () => {
  const attributes = { id: 'header', source: '/a', idempotencyKey: 'key' };
  const given = { own: 'mine', attributes, single: false };
  expect(identify(event(given))).toMatchObject({
    value: { id: 'mine', claim: '/till\nmine', idFrom: 'sender' },
  });
  const identified = { ...given, identity: ['no'], value: { no: 17 } } as const;
  expect(identify(event(identified))).toMatchObject({ value: { id: '17', idFrom: 'contract' } });
});
