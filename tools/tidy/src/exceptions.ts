/** The places where a rule does not hold, each with the reason. An exception that no longer applies fails. */
export interface Exception {
  readonly rule: string;
  readonly path: string;
  /** Part of the finding's message; the whole file is excepted from the rule when absent. */
  readonly about?: string;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [
  {
    rule: 'declared-dependencies',
    path: 'tools/chart/package.json',
    about: 'kubernetes-models',
    reason: 'Types of many kinds, loaded by the kind of each rendered object.',
  },
  {
    rule: 'entry-points',
    path: 'packages/cli/src/main.ts',
    about: '@millrace/runtime/outlive-reader',
    reason:
      'The index loads fastify, pino and prom-client, which `millrace --help` would wait for.',
  },
  {
    rule: 'entry-points',
    path: 'packages/cli/src/stack/logs.ts',
    about: '@millrace/runtime/outlive-reader',
    reason: 'As main.ts: the command needs one signal, and nothing of a service.',
  },
  {
    rule: 'entry-points',
    path: 'packages/cli/src/transform/beside/run-beside.ts',
    about: '@millrace/stack/guard',
    reason: 'The index loads what an image leaves out; this runs in one.',
  },
  {
    rule: 'entry-points',
    path: 'packages/dead-letters/src/landing/run-bounded.ts',
    about: '@millrace/stack/guard',
    reason: 'As run-beside.ts: a redrive runs in an image.',
  },
  {
    rule: 'sole-importers',
    path: 'tests/bench/splice-path/decode-way.ts',
    reason: 'The bench measures the usual way, decoding with the registry client, beside ours.',
  },
];
