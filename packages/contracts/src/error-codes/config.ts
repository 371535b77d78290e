import type { ErrorDoc } from './error-doc.ts';

/** Errors of configuration and project. */
export const configErrors = {
  'config.invalid': {
    summary: 'A setting is missing or has a value that cannot be used.',
    cause: 'An environment variable or flag is absent, misspelt or out of range.',
    remedy: 'Start the service with --help; set the variable that the message names.',
  },
  'config.project-invalid': {
    summary: 'The project directory cannot be used.',
    cause:
      'It has no schemas/ directory, or contracts in it have problems, each of which is named.',
    remedy: 'Set MILLRACE_PROJECT, or correct the files; `millrace contracts check` says the same.',
  },
} as const satisfies Record<string, ErrorDoc>;
