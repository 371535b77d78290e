/** What to do about each alert: docs/runbooks/<name>.md, which the service hands out itself. */
import { readFile } from 'node:fs/promises';

const directory = new URL('../../../../docs/runbooks/', import.meta.url);

/** The page's Markdown; undefined for a name that has none. */
export const readRunbook = async (name: string): Promise<string | undefined> => {
  if (!/^[A-Za-z]{1,80}$/.test(name)) return undefined;
  return readFile(new URL(`${name}.md`, directory), 'utf8').catch(() => undefined);
};
