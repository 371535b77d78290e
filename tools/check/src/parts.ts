/**
 * The parts of `npm test`, in the order they run: cheap ones first. Each has a limit, so that a hang is
 * a failure with a name; limits are several times what the part takes on two quiet cores.
 */
export interface Part {
  readonly name: string;
  /** A program of node_modules/.bin and its arguments. */
  readonly command: readonly [program: string, ...programArguments: string[]];
  /** `tests`: counted from vitest's report. `verdict`: one check, told by the exit code; `skippedCode`: it could not be made. */
  readonly counts: 'tests' | 'verdict';
  readonly limitMs: number;
}

/** As automake has it: neither good nor bad. */
export const skippedCode = 77;

const minutes = (count: number): number => count * 60_000;

const vitest = (project: string, limitMs: number): Part => ({
  name: project,
  command: ['vitest', 'run', '--project', project],
  counts: 'tests',
  limitMs,
});

/** All parts of a change's run together are to take 25 minutes on two cores; what takes so much longer hangs. */
export const everyChangeLimitMs = minutes(45);

/** What every change must pass. */
export const everyChange: readonly Part[] = [
  {
    name: 'lint',
    command: ['biome', 'check', '--error-on-warnings', '.'],
    counts: 'verdict',
    limitMs: minutes(2),
  },
  { name: 'types', command: ['tsc', '--noEmit'], counts: 'verdict', limitMs: minutes(2) },
  {
    name: 'page-types',
    command: ['tsc', '--noEmit', '-p', 'packages/console'],
    counts: 'verdict',
    limitMs: minutes(2),
  },
  {
    name: 'audit',
    command: ['node', 'tools/check/src/audit/main.ts'],
    counts: 'verdict',
    limitMs: minutes(1),
  },
  vitest('unit', minutes(6)),
  vitest('stack', minutes(20)),
  vitest('failures', minutes(25)),
];

/** `--long`: Debezium beside us, then deployments, then hours of faults and soak; never part of a change's own run. */
export const longRuns: readonly Part[] = [
  vitest('compat', minutes(30)),
  vitest('deploy', minutes(90)),
  vitest('long', minutes(240)),
];

/** The parts that were asked for by name, or all of them. Undefined when a name is unknown. */
export function selectParts(
  parts: readonly Part[],
  names: readonly string[],
): readonly Part[] | undefined {
  const unknown = names.some((name) => !parts.some((part) => part.name === name));
  if (unknown) return undefined;
  return names.length === 0 ? parts : parts.filter((part) => names.includes(part.name));
}
