import type { ErrorDoc } from './error-doc.ts';

/** Errors of transforms and of the service that runs them. */
export const transformErrors = {
  'transform.invalid': {
    summary: 'A transform cannot be built as it is written.',
    cause:
      'A name, duration or window in it makes no sense, or parts of it do not fit one another.',
    remedy: 'Read the message: it names the operator and what is wrong with it; correct the file.',
  },
} as const satisfies Record<string, ErrorDoc>;
