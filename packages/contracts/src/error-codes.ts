/** What a person needs to act on an error: what happened, why it happens, what to do. */
export interface ErrorDoc {
  readonly summary: string;
  readonly cause: string;
  readonly remedy: string;
}

/**
 * Every error code of the platform, documented once. `tools/docs` turns this table into
 * docs/reference/errors.md and the tidy test proves that each code is thrown somewhere.
 * Codes are `<area>.<noun>-<what>`; groups follow the packages and services that raise them.
 */
export const errorCodes = {
  // configuration and project
  'config.invalid': {
    summary: 'A setting is missing or has a value that cannot be used.',
    cause: 'An environment variable or flag is absent, misspelt or out of range.',
    remedy: 'Start the service with --help; set the variable that the message names.',
  },
} as const satisfies Record<string, ErrorDoc>;

export type ErrorCode = keyof typeof errorCodes;
