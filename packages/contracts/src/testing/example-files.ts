import { readFileSync } from 'node:fs';
import type { ProjectFile } from '../project/contract-files.ts';

/**
 * The repository's own contracts as the texts that `parseProject` takes, for tests to break in one place.
 * Tests only.
 */
const root = new URL('../../../../', import.meta.url);

export const examplePaths = {
  departedAvsc: 'schemas/flights/departed.avsc',
  departedOdcs: 'schemas/flights/departed.odcs.yaml',
  airportsAvsc: 'schemas/flights/airports.avsc',
  airportsOdcs: 'schemas/flights/airports.odcs.yaml',
} as const;

export const exampleFiles = (): readonly ProjectFile[] =>
  Object.values(examplePaths).map((path) => ({
    path,
    text: readFileSync(new URL(path, root), 'utf8'),
  }));

/** The example with one replacement in one file; throws when the text to replace is not there. */
export const exampleWith = (path: string, from: string, to: string): readonly ProjectFile[] =>
  exampleFiles().map((file) => {
    if (file.path !== path) return file;
    if (!file.text.includes(from)) throw new Error(`${path} has no ${from}`);
    return { path, text: file.text.replace(from, to) };
  });
