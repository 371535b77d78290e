import type { Peer, PeerAddress } from './peer.ts';

/** One member, as the leader knows it. */
export interface WatchableMember {
  readonly memberId: string;
  /** Absent: it does not say where it can be asked, and is watched by nobody. */
  readonly peer?: PeerAddress;
}

/** So many others are all watched. */
const ALL_MAX = 32;
/** Of more, each process watches those that come after it in a ring. */
const NEIGHBOURS = 4;

/**
 * Whose life each process watches, by the identity of the watching one: every other, or its next neighbours in a ring
 * in the order of member ids. Pure: the same members give the same answer, in whatever order they come.
 */
export const chooseWatched = (
  members: readonly WatchableMember[],
): ReadonlyMap<string, readonly Peer[]> => {
  const watchable = members
    .filter(({ peer }) => peer !== undefined)
    .sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const processes: Peer[] = [...Map.groupBy(watchable, ({ peer }) => peer!.identity).values()].map(
    (ofProcess) => ({
      ...ofProcess[0]!.peer!,
      memberIds: ofProcess.map(({ memberId }) => memberId),
    }),
  );
  const others = processes.length - 1;
  const watched = others > ALL_MAX ? NEIGHBOURS : others;
  const ring = [...processes, ...processes];
  return new Map(
    processes.map(({ identity }, at) => [identity, ring.slice(at + 1, at + 1 + watched)]),
  );
};
