import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { MillraceError } from '@millrace/contracts';
import type { Peer, PeerAddress } from '../peers/peer.ts';

/**
 * What members and leader of a sticky group tell each other beside the partitions: a byte of version, then
 * deflated JSON. A later version may only add fields, so members of two versions share a group while it is
 * upgraded; what cannot be added takes another protocol name.
 */
const VERSION = 1;
/** Far above what a group can hold: a record of the offsets topic is 1 MB by default. */
const INFLATED_BYTES_MAX = 64 * 1024 * 1024;

/** One group of co-partitioned topics on one partition. */
export interface StickyTask {
  readonly group: string;
  readonly partition: number;
}

/** What a member says of itself. */
export interface StickyMember {
  /** Members of one process fail together: a standby is never placed beside what it stands by for. */
  readonly processId: string;
  /** Where others reach the member, such as its HTTP address. */
  readonly endpoint?: string;
  /** Tasks whose state it has besides those it owns, and how many records each is behind. */
  readonly state?: readonly (StickyTask & { readonly lag: number })[];
  /** Where its process is asked whether it lives. */
  readonly peer?: PeerAddress;
}

/** Who works on what, for whoever has to send a question there. */
export interface StickyHost {
  readonly endpoint: string;
  readonly active: readonly StickyTask[];
  readonly standby: readonly StickyTask[];
}

/** What the leader says to a member. */
export interface StickyAssignment {
  /** Keep a copy of the state of these. */
  readonly standby: readonly StickyTask[];
  /** Restore the state of these, then `rejoin`: they are taken over when it is at hand. */
  readonly warmup: readonly StickyTask[];
  readonly hosts: readonly StickyHost[];
  /** Processes whose life it is to watch. */
  readonly peers: readonly Peer[];
}

export const noAssignment: StickyAssignment = { standby: [], warmup: [], hosts: [], peers: [] };

const unreadable = (why: string, cause?: unknown): MillraceError =>
  new MillraceError('kafka.protocol-error', `user data of a group member: ${why}`, { cause });

const encode = (value: unknown): Buffer =>
  Buffer.concat([Buffer.of(VERSION), deflateRawSync(JSON.stringify(value))]);

type Fields = Readonly<Record<string, unknown>>;

const decode = (bytes: Buffer): Fields => {
  if (bytes.length === 0 || bytes[0]! < VERSION) throw unreadable('it has no version');
  let value: unknown;
  try {
    const json = inflateRawSync(bytes.subarray(1), { maxOutputLength: INFLATED_BYTES_MAX });
    value = JSON.parse(json.toString('utf8'));
  } catch (error) {
    throw unreadable('it cannot be read', error);
  }
  return fieldsOf(value);
};

const fieldsOf = (value: unknown): Fields => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw unreadable('a part of it has another form');
};

const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  throw unreadable('a text of it has another form');
};

const countOf = (value: unknown): number => {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw unreadable('a number of it has another form');
};

const listOf = <T>(value: unknown, read: (item: unknown) => T): T[] => {
  if (Array.isArray(value)) return value.map(read);
  throw unreadable('a list of it has another form');
};

/** Tasks by group, so that its name stands there once. */
const byGroup = (tasks: readonly StickyTask[]): Record<string, number[]> =>
  Object.fromEntries(
    [...Map.groupBy(tasks, (one) => one.group)].map(([group, ofGroup]) => [
      group,
      ofGroup.map((one) => one.partition),
    ]),
  );

const tasksOf = (value: unknown): StickyTask[] =>
  Object.entries(fieldsOf(value)).flatMap(([group, partitions]) =>
    listOf(partitions, (partition) => ({ group, partition: countOf(partition) })),
  );

const addressOf = (value: unknown): PeerAddress => {
  const { identity, host, port } = fieldsOf(value);
  return { identity: textOf(identity), host: textOf(host), port: countOf(port) };
};

const peersIn = (value: unknown): Peer[] =>
  listOf(value, (item) => ({
    ...addressOf(item),
    memberIds: listOf(fieldsOf(item)['memberIds'], textOf),
  }));

export const encodeStickyMember = (member: StickyMember): Buffer => encode(member);

/** Throws `kafka.protocol-error` when the bytes are something else. */
export const decodeStickyMember = (bytes: Buffer): StickyMember => {
  const { processId, endpoint, state = [], peer } = decode(bytes);
  return {
    processId: textOf(processId),
    ...(endpoint !== undefined && { endpoint: textOf(endpoint) }),
    ...(peer !== undefined && { peer: addressOf(peer) }),
    state: listOf(state, (item) => {
      const { group, partition, lag } = fieldsOf(item);
      return { group: textOf(group), partition: countOf(partition), lag: countOf(lag) };
    }),
  };
};

export const encodeStickyAssignment = (assignment: StickyAssignment): Buffer => {
  const { standby, warmup, hosts, peers } = assignment;
  return encode({
    peers,
    standby: byGroup(standby),
    warmup: byGroup(warmup),
    hosts: hosts.map((one) => ({
      endpoint: one.endpoint,
      active: byGroup(one.active),
      standby: byGroup(one.standby),
    })),
  });
};

/**
 * Of `GroupAssignment.userData`; empty bytes, of a group that another assignor deals for now, say nothing.
 * Throws `kafka.protocol-error` when the bytes are something else.
 */
export const decodeStickyAssignment = (bytes: Buffer): StickyAssignment => {
  if (bytes.length === 0) return noAssignment;
  // A leader of a version before them tells no peers.
  const { standby: standbyTasks, warmup, hosts, peers = [] } = decode(bytes);
  return {
    standby: tasksOf(standbyTasks),
    warmup: tasksOf(warmup),
    peers: peersIn(peers),
    hosts: listOf(hosts, (item) => {
      const { endpoint, active, standby } = fieldsOf(item);
      return { endpoint: textOf(endpoint), active: tasksOf(active), standby: tasksOf(standby) };
    }),
  };
};
