import type { ErrorDoc } from './error-doc.ts';

/** Errors of `millrace mirror`. */
export const mirrorErrors = {
  'mirror.refused': {
    summary: 'A mirror was asked for that would not be a copy, or offsets that cannot be carried.',
    cause:
      'Source and copy are one cluster, a topic of the copy holds records of somebody else or has more partitions, a topic was made again, or the warehouse holds far more than the group’s offset says.',
    remedy:
      'Read the reason in the message. A topic that was made again is copied anew under another --name, into a topic that was deleted on the copy.',
  },
  'mirror.log-unknown': {
    summary: 'The log of a mirror has a form that this version does not know.',
    cause: 'A later version of Millrace has run this mirror.',
    remedy: 'Run that version, or a mirror of another --name into empty topics.',
  },
} as const satisfies Record<string, ErrorDoc>;
