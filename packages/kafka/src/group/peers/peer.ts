/** Where a process that has members in a group answers whoever asks whether it lives, and who it is. */
export interface PeerAddress {
  /** Random at each start of the process, the same for all its threads. */
  readonly identity: string;
  readonly host: string;
  readonly port: number;
}

/** A process with its members of one group. */
export interface Peer extends PeerAddress {
  readonly memberIds: readonly string[];
}
