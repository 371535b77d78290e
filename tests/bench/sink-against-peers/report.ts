/** A line of JSON per run as it ends, and a Markdown table of min / median / max behind all of them. */
import { round, spreadOf } from '../spread.ts';

export const printRun = (measurement: string, contestant: string, figures: object): void => {
  const rounded = Object.entries(figures).map(([name, value]) => [name, round(value)]);
  console.log(JSON.stringify({ measurement, contestant, ...Object.fromEntries(rounded) }));
};

/** `runs`: contestant → its figures, all of one shape. A ratio compares with the first contestant's median. */
export const printTable = (
  title: string,
  runs: ReadonlyMap<string, readonly object[]>,
  columns: Readonly<Record<string, string>>,
): void => {
  const names = Object.keys(columns);
  const spreadText = (figures: readonly object[], name: string): string => {
    const { min, median, max } = spreadOf(figures.map((one) => Number(Reflect.get(one, name))));
    const numbers = figures.length > 1 ? [min, median, max] : [median];
    return numbers.map((value) => value.toLocaleString('en')).join(' / ');
  };
  console.log(`\n${title}\n`);
  console.log(`| | runs | ${names.map((name) => columns[name]).join(' | ')} |`);
  console.log(`|---|---|${'---|'.repeat(names.length)}`);
  for (const [contestant, figures] of runs) {
    const cells = names.map((name) => spreadText(figures, name));
    console.log(`| ${contestant} | ${figures.length} | ${cells.join(' | ')} |`);
  }
};
