import type { ErrorDoc } from './error-doc.ts';

/** Errors of `millrace backup` and `millrace restore`. */
export const backupErrors = {
  'backup.refused': {
    summary: 'A backup was to go into a directory that holds one.',
    cause: 'A backup is never written over another.',
    remedy: 'Name another directory, with the time in its name; delete old ones by your own rules.',
  },
  'backup.damaged': {
    summary: 'A backup cannot be trusted: a file is missing, changed, or there is no manifest.',
    cause: 'It was cut off before its end, changed since, or copied in part.',
    remedy: 'Copy it again from where it is kept, or take the one before it.',
  },
  'backup.registry-refused': {
    summary: 'The registry did not export or import its contents.',
    cause:
      'It refuses the user, is not empty (an import keeps ids and therefore needs an empty one), or is not Apicurio.',
    remedy:
      'Read its answer in the message. Other registries keep their state in a topic, which is backed up with --records.',
  },
  'backup.source-failed': {
    summary: 'PostgreSQL did not tell its slots and publications.',
    cause: 'It is away, or refuses the role of MILLRACE_POSTGRES_URL.',
    remedy: 'The message is PostgreSQL’s own. Without MILLRACE_POSTGRES_URL this part is left out.',
  },
  'restore.not-empty': {
    summary: 'A restore would meet what is there already.',
    cause:
      'The registry has subjects, topics hold records, or tables hold rows that a restore of this backup has not put there.',
    remedy:
      'Restore into empty servers, choose parts with --only, or leave what is there with --besides. --dry-run lists it.',
  },
  'restore.differs': {
    summary: 'After a restore something is not as the backup has it.',
    cause:
      'Somebody wrote meanwhile, or a part of the backup at ClickHouse’s own place is another.',
    remedy:
      'The message names it. Empty the target and restore again; run `millrace restore --verify-only` on the backup.',
  },
} as const satisfies Record<string, ErrorDoc>;
