import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  decodeStickyAssignment,
  decodeStickyMember,
  encodeStickyAssignment,
  encodeStickyMember,
  noAssignment,
} from './sticky-user-data.ts';

const task = fc.record({ group: fc.string(), partition: fc.nat() });
const tasks = fc.uniqueArray(task, { selector: ({ group, partition }) => `${group}#${partition}` });
const address = { identity: fc.string(), host: fc.string(), port: fc.nat() };
/** Tasks come back by group. */
const inOrder = (list: readonly { readonly group: string; readonly partition: number }[]) =>
  [...list].sort(
    (a, b) => (a.group < b.group ? -1 : a.group > b.group ? 1 : 0) || a.partition - b.partition,
  );

it('a member’s words come back as they were', () => {
  const member = fc.record(
    {
      processId: fc.string(),
      endpoint: fc.string(),
      state: fc.array(fc.record({ group: fc.string(), partition: fc.nat(), lag: fc.nat() })),
      peer: fc.record(address),
    },
    { requiredKeys: ['processId', 'state'] },
  );
  fc.assert(
    fc.property(member, (said) => {
      expect(decodeStickyMember(encodeStickyMember(said))).toEqual(said);
    }),
  );
});

it('the leader’s words come back as they were', () => {
  const assignment = fc.record({
    ...{ standby: tasks, warmup: tasks },
    hosts: fc.array(fc.record({ endpoint: fc.string(), active: tasks, standby: tasks })),
    peers: fc.array(fc.record({ ...address, memberIds: fc.array(fc.string()) })),
  });
  fc.assert(
    fc.property(assignment, (said) => {
      const read = decodeStickyAssignment(encodeStickyAssignment(said));
      expect(inOrder(read.standby)).toEqual(inOrder(said.standby));
      expect(inOrder(read.warmup)).toEqual(inOrder(said.warmup));
      expect(read.peers).toEqual(said.peers);
      expect(read.hosts.map((one) => one.endpoint)).toEqual(said.hosts.map((one) => one.endpoint));
      read.hosts.forEach((host, index) => {
        expect(inOrder(host.active)).toEqual(inOrder(said.hosts[index]!.active));
        expect(inOrder(host.standby)).toEqual(inOrder(said.hosts[index]!.standby));
      });
    }),
  );
});

const versioned = (version: number, value: unknown) =>
  Buffer.concat([Buffer.of(version), deflateRawSync(JSON.stringify(value))]);

it('what versions before peers say is read: it names none', () => {
  expect(decodeStickyMember(versioned(1, { processId: 'p' }))).toEqual({
    ...{ processId: 'p', state: [] },
  });
  const said = versioned(1, { standby: {}, warmup: {}, hosts: [] });
  expect(decodeStickyAssignment(said).peers).toEqual([]);
});

it('what a later version adds is passed over', () => {
  const later = versioned(2, {
    processId: 'p',
    rack: 'r',
    state: [{ group: 'g', partition: 1, lag: 2, since: 3 }],
  });
  expect(decodeStickyMember(later)).toEqual({
    processId: 'p',
    state: [{ group: 'g', partition: 1, lag: 2 }],
  });
});

it('no bytes are an assignment that says nothing, and a member that says nothing is refused', () => {
  expect(decodeStickyAssignment(Buffer.alloc(0))).toEqual(noAssignment);
  expect(() => decodeStickyMember(Buffer.alloc(0))).toThrow('it has no version');
});

it('anything else is refused, and never read as something', () => {
  const refused = expect.objectContaining({ code: 'kafka.protocol-error' });
  const decoded = (decode: (bytes: Buffer) => unknown, bytes: Buffer) => {
    try {
      return decode(bytes);
    } catch (error) {
      return error;
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      expect(decoded(decodeStickyMember, Buffer.from(bytes))).toEqual(refused);
      expect(decoded(decodeStickyAssignment, Buffer.from(bytes))).toEqual(refused);
    }),
  );
  for (const value of [null, 1, [], {}, { processId: 1 }, { processId: 'p', state: {} }]) {
    expect(decoded(decodeStickyMember, versioned(1, value))).toEqual(refused);
  }
  for (const lag of [-1, 0.5, '1', null]) {
    const state = [{ group: 'g', partition: 0, lag }];
    expect(decoded(decodeStickyMember, versioned(1, { processId: 'p', state }))).toEqual(refused);
  }
  for (const standby of [undefined, [], { g: 1 }, { g: [-1] }]) {
    const value = { standby, warmup: {}, hosts: [] };
    expect(decoded(decodeStickyAssignment, versioned(1, value))).toEqual(refused);
  }
});
