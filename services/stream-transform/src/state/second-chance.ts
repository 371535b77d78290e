/**
 * Which entries leave memory: those that were not used since it came by last. It goes round all of them, and who was used
 * is passed over once ("second chance", Corbató's clock).
 *
 * It goes by an iterator over maps that change meanwhile. An iterator that stands still keeps alive each table that its
 * map has had since, and with it everything that was deleted (V8): so it is given up once as much was put in as there is.
 */
import { type Entry, isEvictable, USED } from './entry.ts';

export interface SecondChance {
  /** Lets go of about as many entries; returns how many. */
  evict(count: number): number;
  /** An entry was put in. */
  inserted(): void;
}

export interface SecondChanceOptions {
  /** Every entry, from the one that is there longest; goes on where they change. */
  entries(): Iterator<Entry>;
  entryCount(): number;
  /** Beyond what the entry itself says. */
  readonly mayGo?: (entry: Entry) => boolean;
  readonly remove: (entry: Entry) => void;
}

export const createSecondChance = (options: SecondChanceOptions): SecondChance => {
  const { entries, entryCount, mayGo = () => true, remove } = options;
  let hand: Iterator<Entry> | undefined;
  let insertedSince = 0;
  return {
    evict(count) {
      insertedSince = 0;
      let evicted = 0;
      for (let looked = 2 * entryCount() + 2; looked > 0 && evicted < count; looked -= 1) {
        hand ??= entries();
        const next = hand.next();
        if (next.done) {
          hand = undefined;
          continue;
        }
        const entry = next.value;
        if (entry.flags & USED) entry.flags &= ~USED;
        else if (isEvictable(entry) && mayGo(entry)) {
          remove(entry);
          evicted += 1;
        }
      }
      return evicted;
    },
    inserted() {
      if (hand === undefined) return;
      insertedSince += 1;
      if (insertedSince > entryCount()) hand = undefined;
    },
  };
};
