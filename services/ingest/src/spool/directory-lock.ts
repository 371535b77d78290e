/**
 * One door a directory. The lock is the exclusive lock that SQLite takes on a file of its own: the kernel gives it up
 * when the process ends, however it ends, so there is nothing stale to judge. Node has no other lock on files.
 */
import { DatabaseSync } from 'node:sqlite';
import { MillraceError } from '@millrace/contracts';

export interface DirectoryLock {
  release(): void;
}

/** How long the door before may take to end, ms. */
const patienceMs = 2_000;

/** Throws `ingest.spool-locked` while another process holds it. */
export const lockDirectory = (directory: string, timeoutMs = patienceMs): DirectoryLock => {
  const database = new DatabaseSync(`${directory}/lock`, { timeout: timeoutMs });
  try {
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = off; begin exclusive');
  } catch (cause) {
    database.close();
    throw new MillraceError('ingest.spool-locked', `${directory} is held by another process`, {
      cause,
    });
  }
  return { release: () => database.close() };
};
