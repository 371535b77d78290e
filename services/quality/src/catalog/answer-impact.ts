/** The answer to `POST /catalog/impact`: the body is checked, and the project's files are read as they are now. */
import { type CatalogInput, judgeImpact, type ProposedFile } from '@millrace/catalog';
import { MillraceError } from '@millrace/contracts';
import type { ImpactReport } from '@millrace/operations';
import { readProjectFiles } from '@millrace/runtime';

const FILES_MAX = 1000;

const isFile = (one: unknown): one is ProposedFile => {
  if (typeof one !== 'object' || one === null) return false;
  const { path, text } = one as Partial<Record<keyof ProposedFile, unknown>>;
  return typeof path === 'string' && (text === null || typeof text === 'string');
};

/** Throws `operations.request-invalid`. */
export const proposedFilesOf = (body: unknown): readonly ProposedFile[] => {
  const { files } = (body ?? {}) as { files?: unknown };
  if (Array.isArray(files) && files.length <= FILES_MAX && files.every(isFile)) return files;
  throw new MillraceError(
    'operations.request-invalid',
    `files is a list of at most ${FILES_MAX} objects { path, text }; text null takes a file away.`,
  );
};

export const answerImpact = async (
  body: unknown,
  directory: string,
  input: CatalogInput,
): Promise<ImpactReport> => {
  const proposed = proposedFilesOf(body);
  return judgeImpact(await readProjectFiles(directory), proposed, input);
};
