/** The answer to `GET /catalog/<id>/files`: a contract's files as they are now, or with the record of a registered version. */
import { type CatalogInput, versionFile } from '@millrace/catalog';
import { type Contract, MillraceError, type ProjectFile } from '@millrace/contracts';
import type { CatalogFiles } from '@millrace/operations';

/** Throws `operations.request-invalid`. */
const numberOf = (text: string): number => {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new MillraceError('operations.request-invalid', 'version is a whole number above 0.');
};

const versionText = (contract: Contract, input: CatalogInput, wanted: string): string => {
  const version = numberOf(wanted);
  const known = input.observed(contract.id)?.versions ?? [];
  const found = known.find((one) => one.version === version);
  if (found === undefined)
    throw new MillraceError('operations.unknown', `${contract.id} has no version ${version}.`);
  const text = versionFile(contract, JSON.parse(found.schemaText));
  if (text !== undefined) return text;
  throw new MillraceError('operations.unknown', `Version ${version} is no record.`);
};

/**
 * Throws `operations.unknown` and `operations.request-invalid`.
 * @param files of the project, as they are on disk
 * @param version of the subject, as it came with the request
 */
export const answerFiles = (
  contract: Contract,
  files: readonly ProjectFile[],
  input: CatalogInput,
  version: string | undefined,
): CatalogFiles => {
  const { avsc, odcs } = contract.files;
  const textOf = (path: string) => files.find((file) => file.path === path)?.text;
  const own = textOf(odcs);
  return {
    avsc: {
      path: avsc,
      text:
        version === undefined
          ? (textOf(avsc) ?? contract.schemaText)
          : versionText(contract, input, version),
    },
    odcs: own === undefined ? null : { path: odcs, text: own },
  };
};
