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
  'config.notifications-invalid': {
    summary: 'The file of notifications cannot be used.',
    cause: 'It is not there, is no YAML, or has channels, routes or times that the message names.',
    remedy: 'Correct it as docs/howto/alerts.md shows; variables in it must be set.',
  },
  'config.access-open': {
    summary: 'The quality service would be open to whoever reaches its port.',
    cause: 'MILLRACE_QUALITY_HOST is not this machine alone, and neither tokens nor OIDC are set.',
    remedy:
      'Set MILLRACE_QUALITY_TOKENS_FILE (`millrace quality token new` prints a line for it) or MILLRACE_QUALITY_OIDC_ISSUER; or MILLRACE_QUALITY_HOST=127.0.0.1; or, if everybody there may do everything, MILLRACE_QUALITY_OPEN=yes.',
  },
} as const satisfies Record<string, ErrorDoc>;
