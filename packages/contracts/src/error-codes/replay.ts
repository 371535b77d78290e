import type { ErrorDoc } from './error-doc.ts';

/** Errors of `millrace replay`. */
export const replayErrors = {
  'replay.refused': {
    summary: 'A replay was asked for that would lose or double rows, or cannot be done.',
    cause:
      'Kafka no longer holds the offsets, the sink has not landed them yet, or rows outside the range would be lost.',
    remedy:
      'Read the reason in the message and choose another range or mode; --dry-run shows what would happen.',
  },
  'replay.unknown': {
    summary: 'There is no replay of this id.',
    cause: 'It was cancelled, or the id is misspelt.',
    remedy: 'Run `millrace replay list`.',
  },
  'replay.sink-failed': {
    summary: 'The sink that lands a replay ended before everything had landed.',
    cause: 'It was killed, or a server was away for too long; its own lines stand above.',
    remedy:
      'Run `millrace replay resume` with the id: it goes on where it stood, and no row is there twice.',
  },
} as const satisfies Record<string, ErrorDoc>;
