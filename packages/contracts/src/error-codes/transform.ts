import type { ErrorDoc } from './error-doc.ts';

/** Errors of transforms and of the service that runs them. */
export const transformErrors = {
  'transform.invalid': {
    summary: 'A transform cannot be built as it is written.',
    cause:
      'A name, duration or window in it makes no sense, or parts of it do not fit one another.',
    remedy: 'Read the message: it names the operator and what is wrong with it; correct the file.',
  },
  'transform.load-failed': {
    summary: 'A file under transforms/ could not be read as a transform.',
    cause:
      'It does not compile, throws while it is loaded, or its default export is not what `transform(…)` returns.',
    remedy: 'Run `millrace transform check` or `tsc`; correct the file that the message names.',
  },
  'transform.function-failed': {
    summary: 'A function of a transform threw.',
    cause: 'The function is not written for the value that it was given.',
    remedy:
      'The record is in dead.stream-transform with the message of what was thrown; correct the function. With `onError: "halt"` the service stops at the record instead.',
  },
} as const satisfies Record<string, ErrorDoc>;
