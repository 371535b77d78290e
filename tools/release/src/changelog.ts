/** Turns the Unreleased part of CHANGELOG.md into the section of a version. Text in, text out. */
const head = '## [Unreleased]';

export interface TurnedChangelog {
  readonly text: string;
  /** The section's own text: what is new, for the release's page. */
  readonly notes: string;
}

/**
 * @param date of the release, `2026-11-27`
 * @throws Error when there is no Unreleased part, nothing in it, or a section of this version already
 */
export function turnChangelog(text: string, version: string, date: string): TurnedChangelog {
  const begin = text.indexOf(`${head}\n`);
  if (begin === -1) throw new Error(`CHANGELOG.md has no "${head}"`);
  if (text.includes(`## [${version}]`))
    throw new Error(`CHANGELOG.md has a section ${version} already`);
  const after = begin + head.length;
  const next = text.indexOf('\n## [', after);
  const notes = text.slice(after, next === -1 ? text.length : next).trim();
  if (!/^\* /m.test(notes))
    throw new Error('nothing is under Unreleased: there is nothing to release');
  const rest = next === -1 ? '\n' : text.slice(next);
  const turned = `${text.slice(0, begin)}${head}\n\n## [${version}] - ${date}\n\n${notes}\n${rest}`;
  return { text: turned, notes };
}

/**
 * What is new in a version that was released.
 * @throws Error when it has no section
 */
export function notesOf(text: string, version: string): string {
  const begin = text.indexOf(`\n## [${version}]`);
  if (begin === -1) throw new Error(`CHANGELOG.md has no section ${version}`);
  const after = text.indexOf('\n', begin + 1);
  const next = text.indexOf('\n## [', after);
  return text.slice(after, next === -1 ? text.length : next).trim();
}
