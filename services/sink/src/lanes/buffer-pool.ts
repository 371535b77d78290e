/**
 * How the lanes share the memory for records that wait. Every lane may always hold a little of its own, so
 * that none depends on another. What is left makes seats, each as large as one full insert: a lane that has
 * much to catch up takes a seat, fills it at once and inserts it whole, while the others stand in line. A few
 * large inserts in turn cost ClickHouse little more than half of what many small ones side by side do.
 */
export interface PoolSizes {
  /** What every lane may hold, bytes. */
  readonly ownBytes: number;
  /** What a seat adds, bytes: one insert at most. */
  readonly seatBytes: number;
  readonly seats: number;
}

export interface PoolMember {
  /**
   * What the lane may ask Kafka for now that it holds so much, bytes; 0 when it is full. A full lane stands
   * in line, and `called` is run when it has been given a seat.
   */
  room(heldBytes: number): number;
  /** An insert has landed and left so much: whoever has had a turn makes place for those in line. */
  landed(heldBytes: number): void;
  /** Whether it has no seat and stands in line behind a lane that goes on. */
  isInLine(): boolean;
  /** Its seats are free for others, and it stands in no line. */
  leave(): void;
}

export interface MemberOptions {
  /** Runs when the lane comes to a seat. */
  called(): void;
  /** Whether the lane waits for something outside: nobody waits for its seat then. */
  isStuck(): boolean;
}

export interface BufferPool {
  readonly sizes: PoolSizes;
  /**
   * There are more or fewer lanes. What a lane holds beyond its new share it keeps until it has landed, so for
   * that long all of them together may hold up to a quarter more.
   */
  resize(sizes: PoolSizes): void;
  join(options: MemberOptions): PoolMember;
}

const OWN_BYTES_MAX = 1024 * 1024;
const OWN_BYTES_MIN = 64 * 1024;
/** A nearly full lane asks for no less: a request costs the same for little as for much. */
const FETCH_BYTES_MIN = 64 * 1024;
/** One fills while the other is inserted. */
const SEATS_MIN = 2;

/** A quarter of the memory is the lanes' own, the rest makes seats. */
export function poolSizes(
  bufferBytesMax: number,
  insertBytesMax: number,
  lanes: number,
): PoolSizes {
  const share = Math.floor(bufferBytesMax / 4 / Math.max(1, lanes));
  const ownBytes = Math.max(OWN_BYTES_MIN, Math.min(OWN_BYTES_MAX, share));
  const left = Math.max(0, bufferBytesMax - lanes * ownBytes);
  const seatBytes = Math.max(ownBytes, Math.min(insertBytesMax, Math.floor(left / SEATS_MIN)));
  return { ownBytes, seatBytes, seats: Math.max(1, Math.floor(left / seatBytes)) };
}

interface Member {
  readonly options: MemberOptions;
  seats: number;
}

export function createBufferPool(initial: PoolSizes): BufferPool {
  let sizes = initial;
  const members: Member[] = [];
  const line: Member[] = [];
  let free = sizes.seats;

  const release = (member: Member, seats: number): void => {
    member.seats -= seats;
    free += seats;
    seatNext();
  };

  const seatNext = (): void => {
    while (free > 0 && line.length > 0) {
      const next = line.shift()!;
      next.seats += 1;
      free -= 1;
      next.options.called();
    }
  };

  const room = (member: Member, heldBytes: number): number => {
    const { ownBytes, seatBytes } = sizes;
    const needed = heldBytes < ownBytes ? 0 : Math.ceil((heldBytes + 1 - ownBytes) / seatBytes);
    if (needed < member.seats) release(member, member.seats - needed);
    const place = line.indexOf(member);
    if (heldBytes < ownBytes + member.seats * seatBytes) {
      if (place >= 0) line.splice(place, 1);
    } else if (free > 0 && place < 0) {
      member.seats += 1;
      free -= 1;
    } else {
      if (place < 0) line.push(member);
      return 0;
    }
    return Math.max(FETCH_BYTES_MIN, ownBytes + member.seats * seatBytes - heldBytes);
  };

  return {
    get sizes() {
      return sizes;
    },
    resize: (next) => {
      free += next.seats - sizes.seats;
      sizes = next;
      seatNext();
    },
    join: (options) => {
      const member: Member = { options, seats: 0 };
      members.push(member);
      return {
        room: (heldBytes) => room(member, heldBytes),
        landed: (heldBytes) => {
          const isDone = heldBytes <= 2 * sizes.ownBytes;
          if (isDone && line.length > 0) release(member, member.seats);
        },
        isInLine: () =>
          member.seats === 0 &&
          line.includes(member) &&
          members.some((other) => other.seats > 0 && !other.options.isStuck()),
        leave: () => {
          const [place, queued] = [members.indexOf(member), line.indexOf(member)];
          if (place < 0) return;
          members.splice(place, 1);
          if (queued >= 0) line.splice(queued, 1);
          release(member, member.seats);
        },
      };
    },
  };
}
