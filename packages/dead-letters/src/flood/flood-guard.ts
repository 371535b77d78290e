/**
 * When dead letters are no matter of single records any more: most of the records that came lately cannot be processed. Then it is
 * not the records that are wrong but a contract, a table or a producer, and the partition waits. Counts only; who
 * waits, and how, is `flood-control.ts` and the service.
 */
export interface FloodLimits {
  /** More than this share of the records, 0 to 1; 1 never. */
  readonly share: number;
  /** Of so many records at least: before, each bad record leaves alone. */
  readonly records: number;
}

export interface FloodGuard {
  /** Whether these would be a flood, together with those that passed before them. Counts nothing. */
  isFlood(dead: number, records: number): boolean;
  /** These go on, dead letters and all. */
  passed(dead: number, records: number): void;
}

interface Passed {
  readonly dead: number;
  readonly records: number;
}

/**
 * The window is the newest batches that hold `limits.records` together. A batch is a flood only when it is mostly dead by
 * itself, too: what comes good after a repair passes at once.
 */
export const createFloodGuard = (limits: FloodLimits): FloodGuard => {
  const window: Passed[] = [];
  let dead = 0;
  let records = 0;
  const isMostly = (one: number, all: number): boolean => one > limits.share * all;
  return {
    isFlood: (newDead, newRecords) =>
      records + newRecords >= limits.records &&
      isMostly(newDead, newRecords) &&
      isMostly(dead + newDead, records + newRecords),
    passed: (newDead, newRecords) => {
      if (newRecords === 0) return;
      window.push({ dead: newDead, records: newRecords });
      dead += newDead;
      records += newRecords;
      while (window.length > 1 && records - window[0]!.records >= limits.records) {
        const oldest = window.shift()!;
        dead -= oldest.dead;
        records -= oldest.records;
      }
    },
  };
};
