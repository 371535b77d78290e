/** What is costly to make and asked for by each line of a list: made once, and kept for a moment. */

/** @param spanMs how long a value is handed out again */
export const keepFor = <Value>(
  spanMs: number,
  nowMs: () => number,
  make: () => Value,
): (() => Value) => {
  let kept: { readonly value: Value; readonly untilMs: number } | undefined;
  return () => {
    const now = nowMs();
    if (kept === undefined || now >= kept.untilMs) kept = { value: make(), untilMs: now + spanMs };
    return kept.value;
  };
};
