/** One line of JSON per run, then min, median and max of every figure, and the ratio of the medians. */
import { round, spreadOf } from '../spread.ts';
import type { Shares } from './cpu-shares.ts';

const rounded = (figures: object): object =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, round(value)]));

export const printRun = (
  workload: string,
  contestant: string,
  turn: number,
  figures: object,
): void => {
  console.log(JSON.stringify({ workload, contestant, round: turn, ...rounded(figures) }));
};

/** `figures`: the runs of each contestant; the second is compared with the first. */
export const printSummary = (
  workload: string,
  figures: ReadonlyMap<string, readonly object[]>,
): void => {
  const [peer = [], ours = []] = [...figures.values()];
  const names = Object.keys(ours[0] ?? {});
  const valuesOf = (runs: readonly object[], name: string): readonly number[] =>
    runs.map((run) => Number(Reflect.get(run, name)));
  console.log(`\n${workload}: min / median / max of ${ours.length} runs`);
  for (const name of names) {
    const spreads = [...figures].map(([contestant, runs]) => {
      const { min, median, max } = spreadOf(valuesOf(runs, name));
      return `${contestant} ${min} / ${median} / ${max}`;
    });
    const ratio = spreadOf(valuesOf(ours, name)).median / spreadOf(valuesOf(peer, name)).median;
    console.log(`  ${name}: ${spreads.join('   ')}   ratio ${round(ratio)}`);
  }
  console.log('');
};

/** One who is not compared: min, median and max of every figure. */
export const printSpread = (workload: string, name: string, runs: readonly object[]): void => {
  for (const figure of Object.keys(runs[0] ?? {})) {
    const { min, median, max } = spreadOf(runs.map((run) => Number(Reflect.get(run, figure))));
    console.log(`${workload}, ${name}: ${figure} ${min} / ${median} / ${max}`);
  }
  console.log('');
};

/** Where our process spent its main thread's time. */
export const printShares = (workload: string, shares: Shares): void => {
  console.log(`${workload}: where the main thread's time went in one run, by node --cpu-prof`);
  for (const [area, share] of shares)
    console.log(`  ${(share * 100).toFixed(1).padStart(5)} %  ${area}`);
};
