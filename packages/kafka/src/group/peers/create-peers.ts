import type { Peer, PeerAddress } from './peer.ts';
import { type ProcessWatch, watchProcess } from './watch-process.ts';

/**
 * What a process knows of the others that have members in its groups: which of them are dead for sure, and which
 * generations are over. One connection a process, however many groups they share. Who watches whom is decided by the
 * leader (`choose-watched.ts`); what is done about a death is for `evict-dead.ts`.
 */
export interface PeersOptions {
  /** How others see this process; `Presence` of packages/runtime. */
  readonly presence: {
    readonly identity: string;
    readonly port: number;
    tell(line: string): void;
  };
  /** Where others reach the port; the address of the connection to the coordinator when left out or empty. */
  readonly host?: string;
  /** Members of dead processes were put out of their group. */
  evicted?(members: number): void;
}

export interface Peers {
  /** What this process says of itself, given its address as the brokers see it. */
  address(localAddress: string | undefined): PeerAddress | undefined;
  /** Begins to hear of a group. */
  join(groupId: string, handlers: PeerHandlers): GroupPeers;
  /** Processes that are seen alive at this moment. */
  seen(): number;
  evicted(members: number): void;
  close(): void;
}

export interface PeerHandlers {
  /** Its process is dead for sure. Called once a process. */
  died(peer: Peer): void;
  /** Another member knows that this generation is over. */
  over(generation: number): void;
}

export interface GroupPeers {
  readonly identity: string;
  /** Watches these from now on, and no others. */
  watch(peers: readonly Peer[]): void;
  /** Tells whoever watches this process that the generation is over. */
  tell(generation: number): void;
  leave(): void;
}

interface Watched {
  readonly process: ProcessWatch;
  /** Its members, by group. */
  readonly groups: Map<string, Peer>;
}

const keyOf = ({ identity, host, port }: PeerAddress): string => `${identity} ${host} ${port}`;

/** Undefined: the line is of a later version, and says something else. */
const readOver = (line: string): { readonly group: string; readonly over: number } | undefined => {
  try {
    const { group, over } = JSON.parse(line);
    return typeof group === 'string' && Number.isSafeInteger(over) ? { group, over } : undefined;
  } catch {
    return undefined;
  }
};

/** Opens no connection before a group watches; shared by the groups of a process, or of a thread. */
export const createPeers = ({ presence, host = '', evicted }: PeersOptions): Peers => {
  const groups = new Map<string, PeerHandlers>();
  const watched = new Map<string, Watched>();

  const hear = (line: string): void => {
    const told = readOver(line);
    if (told !== undefined) groups.get(told.group)?.over(told.over);
  };

  const open = (peer: PeerAddress): Watched => {
    const opened: Watched = { process: watchProcess(peer, hear), groups: new Map() };
    const key = keyOf(peer);
    watched.set(key, opened);
    void opened.process.dead.then(() => {
      if (watched.get(key) !== opened) return;
      watched.delete(key);
      for (const [groupId, ofGroup] of opened.groups) groups.get(groupId)?.died(ofGroup);
    });
    return opened;
  };

  const watch = (groupId: string, peers: readonly Peer[]): void => {
    for (const { groups: of } of watched.values()) of.delete(groupId);
    for (const peer of peers) {
      (watched.get(keyOf(peer)) ?? open(peer)).groups.set(groupId, peer);
    }
    for (const [key, one] of watched) {
      if (one.groups.size > 0) continue;
      watched.delete(key);
      one.process.close();
    }
  };

  return {
    address(localAddress) {
      const reached = host === '' ? localAddress : host;
      const { identity, port } = presence;
      return reached === undefined ? undefined : { identity, host: reached, port };
    },
    join(groupId, handlers) {
      groups.set(groupId, handlers);
      return {
        identity: presence.identity,
        watch: (peers) => watch(groupId, peers),
        tell: (generation) => presence.tell(JSON.stringify({ group: groupId, over: generation })),
        leave() {
          groups.delete(groupId);
          watch(groupId, []);
        },
      };
    },
    seen: () => [...watched.values()].filter(({ process }) => process.isSeen()).length,
    evicted: (members) => evicted?.(members),
    close() {
      groups.clear();
      for (const { process } of watched.values()) process.close();
      watched.clear();
    },
  };
};
