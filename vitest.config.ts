import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The services that tests start compile the same files hundreds of times; from here they load them compiled.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('node_modules/.cache/node-compile', import.meta.url),
);

/**
 * Whole journeys before the rest: the demo takes half a minute, and vitest, which goes by the size of a file until it knows its time,
 * would begin it last, when all other workers have nothing left to do.
 */
class JourneysFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isJourney = ({ moduleId }: TestSpecification) => moduleId.includes('/tests/journeys/');
    const sorted = await super.sort(files);
    return [...sorted.filter(isJourney), ...sorted.filter((file) => !isJourney(file))];
  }
}

/**
 * How long a condition may take to come true before its test fails: far more than it ever needs, since a machine
 * that is busy with something else must not fail a test. An expect.poll gives an `interval` at most; a `timeout` of
 * its own only where it must be longer than this.
 */
const patience = {
  expect: { poll: { timeout: 60_000 } },
  testTimeout: 180_000,
  hookTimeout: 180_000,
} as const;

/**
 * unit      needs nothing but Node; beside the code.
 * stack     `*.stack.test.ts` and tests/journeys: one real stack for the whole run.
 * failures  tests/failures: each file breaks a stack of its own, which takes 1 GB of memory; three at a time, since they wait for most of theirs.
 * compat    tests/compat: Debezium itself beside our service, by `npm run test:compat`; the first run downloads it.
 * deploy    tests/deploy: images, compose, the chart on a real API server and in pods, by `npm run test:deploy`; needs root, apt, Go.
 * long      tests/long: hours of faults and soak, by `npm run test:long` only.
 *
 * The projects of one run go one after the other (`groupOrder`), so that `vitest run services/sink` takes unit and stack tests at once.
 */
export default defineConfig({
  test: {
    // A line a file, and the names of those tests alone that someone may want to make faster.
    slowTestThreshold: 15_000,
    sequence: { sequencer: JourneysFirst },
    projects: [
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          // Files share their worker's modules, which takes half the processor time; a test leaves nothing behind that another sees.
          isolate: false,
          // vitest leaves a core to itself; of two that is half of the machine.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          include: ['{packages,services,tools}/*/src/**/*.test.ts'],
          exclude: ['**/*.stack.test.ts', '**/node_modules/**'],
          // Some start processes; on two busy cores that takes seconds.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        test: {
          name: 'stack',
          sequence: { groupOrder: 1 },
          include: ['{packages,services}/*/src/**/*.stack.test.ts', 'tests/journeys/*.test.ts'],
          globalSetup: ['packages/testkit/src/global-setup.ts'],
          ...patience,
          // On two cores: these tests wait for half of their time.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'failures',
          sequence: { groupOrder: 2 },
          include: ['tests/failures/*.test.ts'],
          ...patience,
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'compat',
          sequence: { groupOrder: 3 },
          include: ['tests/compat/*.test.ts'],
          globalSetup: ['packages/testkit/src/global-setup.ts'],
          ...patience,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'deploy',
          sequence: { groupOrder: 4 },
          include: ['tests/deploy/**/*.test.ts'],
          ...patience,
          testTimeout: 1_200_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'long',
          sequence: { groupOrder: 5 },
          include: ['tests/long/*.test.ts'],
          // Some start two stacks, and commands one after the other, of which each loads the project.
          expect: { poll: { timeout: 300_000 } },
          testTimeout: 14_400_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
