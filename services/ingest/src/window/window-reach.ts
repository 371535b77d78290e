/** How far back a window that forgets by number reaches in time: marks of how many ids had come by when. */
export interface WindowReach {
  /** By this moment so many ids had come. */
  mark(inserted: number, atMs: number): void;
  /** Since when every id is held, when the first `forgotten` ones are not, as an age in ms. */
  sinceMs(forgotten: number, nowMs: number): number;
}

/** Close enough for hours; a day is 1,440 marks. */
const markEveryMs = 60_000;

export const createReach = (): WindowReach => {
  let marks: { readonly inserted: number; readonly atMs: number }[] = [];
  return {
    mark: (inserted, atMs) => {
      const last = marks.at(-1);
      if (last === undefined || atMs >= last.atMs + markEveryMs) marks.push({ inserted, atMs });
    },
    sinceMs: (forgotten, nowMs) => {
      const first = marks.findIndex(({ inserted }) => inserted >= forgotten);
      if (first === -1) return 0;
      if (first > 0) marks = marks.slice(first);
      return Math.max(0, nowMs - marks[0]!.atMs);
    },
  };
};
