/** The bound of the queue: events and bytes that wait, and those that wait for room in it. */
export interface Room {
  /** False when it is full; an event that is larger than all room gets in when nothing else is there. */
  take(events: number, bytes: number): boolean;
  /** Takes what was waiting before, whether there is room or not. */
  takeAnyway(events: number, bytes: number): void;
  give(events: number, bytes: number): void;
  /**
   * Takes room for one event as soon as there is some, in the order of asking, and calls `admit` in that moment, so
   * that no later event overtakes. The answer withdraws: true when it was still waiting.
   */
  wait(bytes: number, admit: () => void): () => boolean;
  events(): number;
  bytes(): number;
}

interface Asking {
  readonly bytes: number;
  readonly admit: () => void;
}

/** @param eventsMax, bytesMax what may wait at once */
export const createRoom = (eventsMax: number, bytesMax: number): Room => {
  let events = 0;
  let bytes = 0;
  const asking = new Set<Asking>();

  const fits = (more: number, moreBytes: number): boolean =>
    events === 0 || (events + more <= eventsMax && bytes + moreBytes <= bytesMax);
  const add = (more: number, moreBytes: number): void => {
    events += more;
    bytes += moreBytes;
  };
  const admitNext = (): void => {
    for (const one of asking) {
      if (!fits(1, one.bytes)) return;
      asking.delete(one);
      add(1, one.bytes);
      one.admit();
    }
  };

  return {
    take: (more, moreBytes) => {
      if (asking.size > 0 || !fits(more, moreBytes)) return false;
      add(more, moreBytes);
      return true;
    },
    takeAnyway: add,
    give: (fewer, fewerBytes) => {
      add(-fewer, -fewerBytes);
      admitNext();
    },
    wait: (wanted, admit) => {
      const one: Asking = { bytes: wanted, admit };
      asking.add(one);
      admitNext();
      return () => asking.delete(one);
    },
    events: () => events,
    bytes: () => bytes,
  };
};
