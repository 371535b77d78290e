import { defineConfig } from 'vitest/config';

/**
 * unit      needs nothing but Node; beside the code.
 * stack     `*.stack.test.ts` and tests/journeys: one real stack for the whole run.
 * failures  tests/failures: each file breaks a stack of its own, so one file at a time.
 * compat    tests/compat: Debezium itself beside our service, by `npm run test:compat`; the first run downloads it.
 * long      tests/long: hours of faults and soak, by `npm run test:long` only.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,services,tools}/*/src/**/*.test.ts'],
          exclude: ['**/*.stack.test.ts', '**/node_modules/**'],
          // Some start processes; on two busy cores that takes seconds.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'stack',
          include: ['{packages,services}/*/src/**/*.stack.test.ts', 'tests/journeys/*.test.ts'],
          globalSetup: ['packages/testkit/src/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'failures',
          include: ['tests/failures/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'compat',
          include: ['tests/compat/*.test.ts'],
          globalSetup: ['packages/testkit/src/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'long',
          include: ['tests/long/*.test.ts'],
          testTimeout: 14_400_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
