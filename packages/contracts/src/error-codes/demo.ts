import type { ErrorDoc } from './error-doc.ts';

/** Errors of demo. */
export const demoErrors = {
  'demo.send-refused': {
    summary: "The demo's producer was refused by the HTTP door.",
    cause:
      'The ingest service answered with a status that a retry does not change, or kept refusing.',
    remedy: 'Read the answer in the message; it is the problem document of the door.',
  },
  'demo.service-not-ready': {
    summary: 'A service that the demo started did not become ready.',
    cause: 'It ended by itself, or did not answer /readyz in time.',
    remedy: 'Read its log, whose path the message gives.',
  },
} as const satisfies Record<string, ErrorDoc>;
