import type { ErrorDoc } from './error-doc.ts';

/** Errors of the quality service's API, and of those who ask it. */
export const operationsErrors = {
  'operations.unavailable': {
    summary: 'The quality service does not answer.',
    cause: 'It does not run, the address is wrong, or the network is.',
    remedy: 'Check MILLRACE_QUALITY_URL and that the service runs; then try again.',
  },
  'operations.unexpected-answer': {
    summary: 'What answered is not the quality service.',
    cause: 'The address leads to another program, or a proxy in between answers for itself.',
    remedy: 'Check MILLRACE_QUALITY_URL.',
  },
  'operations.unknown': {
    summary: 'There is nothing of that name.',
    cause: 'The path, id or name in the request is not known to the service.',
    remedy: 'Look the name up in the list that holds it.',
  },
  'operations.request-invalid': {
    summary: 'The request does not say what it must.',
    cause: 'A value is missing, has another type, or is out of its bounds.',
    remedy: 'Correct what the detail names.',
  },
  'operations.internal': {
    summary: 'The quality service failed to answer; a mistake of its own.',
    cause: 'A bug. The service’s log has the error.',
    remedy: 'Report it with the line of the log.',
  },
} as const satisfies Record<string, ErrorDoc>;
