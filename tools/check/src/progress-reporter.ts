import { appendFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import { type Moment, progressFileVariable } from './vitest-report.ts';

/**
 * Vitest's reporter for `npm test`: appends what happens to the file that the environment names, one JSON value a
 * line, at the moment it happens. So a run that is killed has told which tests were running, and errors that belong
 * to no test are told as well, which vitest's own JSON report leaves out.
 */
export default class ProgressReporter implements Reporter {
  onTestCaseReady(test: TestCase): void {
    write({ what: 'started', test: nameOf(test) });
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors } = test.result();
    if (state === 'pending') return;
    const failure = state === 'failed' ? { error: firstMessage(errors) } : {};
    write({ what: state, test: nameOf(test), ...failure });
  }

  /** A hook of a suite failed, and the suite's tests did not run. */
  onTestSuiteResult(suite: TestSuite): void {
    tellBroken(nameOf(suite), suite.errors());
  }

  /** The file could not be loaded, or a hook of the file failed. */
  onTestModuleEnd(module: TestModule): void {
    tellBroken(module.relativeModuleId, module.errors());
  }

  onTestRunEnd(
    _modules: readonly TestModule[],
    unhandledErrors: readonly { readonly message: string }[],
  ): void {
    for (const { message } of unhandledErrors)
      write({ what: 'failed', test: '(no test: an unhandled error)', error: message });
    write({ what: 'ended' });
  }
}

function write(moment: Moment): void {
  const file = process.env[progressFileVariable];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(moment)}\n`);
}

function tellBroken(test: string, errors: readonly { readonly message: string }[]): void {
  if (errors.length > 0) write({ what: 'failed', test, error: firstMessage(errors) });
}

const nameOf = (entity: TestCase | TestSuite): string =>
  `${entity.module.relativeModuleId} > ${entity.fullName}`;

const firstMessage = (errors: readonly { readonly message: string }[] | undefined): string =>
  errors?.[0]?.message ?? '';
