/** Names that no other test, file or run uses, so that tests share one stack without meeting. */
import { randomBytes } from 'node:crypto';

/** `prefix_<time>_<random>`: valid as a topic, a table, a database and a replication slot. */
export function uniqueName(prefix: string): string {
  const moment = Date.now().toString(36);
  return `${prefix}_${moment}_${randomBytes(3).toString('hex')}`;
}
