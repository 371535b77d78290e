/** A line of JSON a run, and for each query a table of min / median / max with the ratio of the medians. */
import { round, spreadOf } from '../spread.ts';
import type { Figures } from './measure.ts';

const columns: Readonly<Record<keyof Figures, string>> = {
  eventsPerSecond: 'events/s',
  cpuMicrosPerEvent: 'CPU µs/event',
  cpuMicrosPerEventBehindStart: 'behind the start',
  peakMemoryMb: 'peak RSS, MB',
  otherCpuSeconds: 'other CPU s',
};
const names = Object.keys(columns) as (keyof Figures)[];

export const printRun = (query: string, contestant: string, figures: Figures): void => {
  const rounded = names.map((name) => [name, round(figures[name])]);
  console.log(JSON.stringify({ query, contestant, ...Object.fromEntries(rounded) }));
};

/** `runs`: query → contestant → its runs. The last line of a query is ours divided by the peer's, by medians. */
export const printTable = (
  runs: ReadonlyMap<string, ReadonlyMap<string, readonly Figures[]>>,
): void => {
  console.log(`\n| query | | ${names.map((name) => columns[name]).join(' | ')} |`);
  console.log(`|---|---|${'---|'.repeat(names.length)}`);
  for (const [query, contestants] of runs) {
    for (const [contestant, figures] of contestants) {
      const cells = names.map((name) => {
        const { min, median, max } = spreadOf(figures.map((one) => one[name]));
        return [min, median, max].map((value) => value.toLocaleString('en')).join(' / ');
      });
      console.log(`| ${query} | ${contestant} | ${cells.join(' | ')} |`);
    }
    const [peer, ours] = [...contestants.values()];
    if (peer === undefined || ours === undefined) continue;
    const ratios = names.map((name) => {
      const medians = [ours, peer].map(
        (figures) => spreadOf(figures.map((one) => one[name])).median,
      );
      return String(round(medians[0]! / medians[1]!));
    });
    console.log(`| ${query} | ratio | ${ratios.join(' | ')} |`);
  }
};
