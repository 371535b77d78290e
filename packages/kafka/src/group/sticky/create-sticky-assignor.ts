import { MillraceError } from '@millrace/contracts';
import type { Assignor, MemberAssignment } from '../../assignor.ts';
import { chooseWatched } from '../peers/choose-watched.ts';
import type { PeerAddress } from '../peers/peer.ts';
import { type Placement, placeActive } from './place-active.ts';
import { placeStandbys } from './place-standbys.ts';
import {
  type Candidate,
  type CoPartitionGroup,
  candidatesOf,
  type Task,
  type TaskGroup,
  taskGroupsOf,
} from './sticky-members.ts';
import {
  decodeStickyAssignment,
  decodeStickyMember,
  encodeStickyAssignment,
  encodeStickyMember,
  type StickyHost,
  type StickyMember,
} from './sticky-user-data.ts';
import { holdBackCold } from './warm-up.ts';

/**
 * Deals a group's partitions so that those of one number of co-partitioned topics stay together, members have
 * equally many, what a member has stays with it, and state is worked on where it lies.
 */
export interface StickyAssignorOptions {
  /** The same in all members. Topics of no group are groups of one, without state. */
  readonly groups?: readonly CoPartitionGroup[];
  /** Copies of each stateful task's state besides its owner's. */
  readonly standbys?: number;
  /** A copy that is behind by so many records at most can be taken over at once. */
  readonly acceptableLag?: number;
  /**
   * How many tasks may warm up at the same time where a task is to move to a member without its state; until that
   * one rejoins it stays, and members have unequally many. 0, the default: it moves at once, and stands still while
   * its state is restored.
   */
  readonly warmupsMax?: number;
  /** What this member says of itself at each join. */
  self?(): StickyMember;
}

const ACCEPTABLE_LAG = 10_000;

/** Throws `kafka.refused` when a topic is in two groups. */
export const createStickyAssignor = (options: StickyAssignorOptions = {}): Assignor => {
  const { groups = [], standbys = 0 } = options;
  const { acceptableLag = ACCEPTABLE_LAG, warmupsMax = 0 } = options;
  const topics = groups.flatMap((one) => one.topics);
  const twice = topics.find((topic, at) => topics.indexOf(topic) !== at);
  if (twice !== undefined) {
    throw new MillraceError(
      'kafka.refused',
      `topic ${twice} is in two groups of co-partitioned topics`,
    );
  }
  return {
    name: 'millrace-sticky',
    userData: (peer) => wordsOf(options.self?.(), peer),
    peerIn,
    peersOf: (userData) => decodeStickyAssignment(userData).peers,
    assign(members, partitionCounts) {
      const candidates = candidatesOf(members);
      const taskGroups = taskGroupsOf(groups, candidates, partitionCounts);
      const active = placeActive(taskGroups, candidates, { acceptableLag });
      const warming = holdBackCold(taskGroups, active, { acceptableLag, warmupsMax });
      const standby = placeStandbys(taskGroups, active, warming, standbys);
      return toAssignments(candidates, { taskGroups, active, warming, standby });
    },
  };
};

/** Nothing to say is no bytes. */
const wordsOf = (self: StickyMember | undefined, peer: PeerAddress | undefined): Buffer => {
  const member = self ?? (peer && { processId: peer.identity });
  return member ? encodeStickyMember({ ...member, ...(peer && { peer }) }) : Buffer.alloc(0);
};

const peerIn = (userData: Buffer): PeerAddress | undefined => {
  try {
    return decodeStickyMember(userData).peer;
  } catch {
    return undefined;
  }
};

interface Placed {
  readonly taskGroups: readonly TaskGroup[];
  readonly active: Placement;
  readonly warming: ReadonlyMap<Candidate, readonly Task[]>;
  readonly standby: ReadonlyMap<Candidate, readonly Task[]>;
}

const toAssignments = (
  candidates: readonly Candidate[],
  { taskGroups, active, warming, standby }: Placed,
): ReadonlyMap<string, MemberAssignment> => {
  const tasks = taskGroups.flatMap((one) => one.tasks);
  const activeOf = Map.groupBy(tasks, (task) => active.get(task.key)!);
  const hosts: StickyHost[] = candidates.flatMap((one) =>
    one.endpoint === undefined
      ? []
      : [
          {
            endpoint: one.endpoint,
            active: activeOf.get(one) ?? [],
            standby: standby.get(one) ?? [],
          },
        ],
  );
  const watched = chooseWatched(candidates);
  return new Map(
    candidates.map((one) => {
      const assignment = {
        ...{ standby: standby.get(one) ?? [], warmup: warming.get(one) ?? [], hosts },
        peers: (one.peer && watched.get(one.peer.identity)) ?? [],
      };
      return [
        one.memberId,
        {
          partitions: (activeOf.get(one) ?? []).flatMap((task) => task.partitions),
          userData: encodeStickyAssignment(assignment),
        },
      ];
    }),
  );
};
