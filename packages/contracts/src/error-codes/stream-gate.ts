import type { ErrorDoc } from './error-doc.ts';

/** Errors of streams that are not open, and of those who open and shut them. */
export const streamGateErrors = {
  'ingest.stream-stopped': {
    summary: 'The stream is stopped: the door takes nothing for it.',
    cause: 'A quality rule with the action stop failed, or a person stopped it.',
    remedy:
      'Keep the events and send them again later. `millrace stream list` says who stopped it and why; `millrace stream resume <id>` opens it.',
  },
  'ingest.stream-quarantined': {
    summary: 'The stream is in quarantine: its events are set aside.',
    cause: 'A quality rule with the action quarantine failed, or a person set the stream aside.',
    remedy:
      'Nothing to do for the sender: the event is kept. After `millrace stream resume <id>`, send what was kept with `millrace ingest rejected redrive`.',
  },
  'operations.stream-unknown': {
    summary: 'There is no stream of this name.',
    cause: 'The project has no contract with this id.',
    remedy: 'Name a contract as its file does: `<domain>.<name>`.',
  },
} as const satisfies Record<string, ErrorDoc>;
