/**
 * Where files come from, as an in-toto statement (v1) with SLSA provenance (v1): names and SHA-256 of the files, the commit
 * they were built of, and who built them. Its checksum stands in SHA256SUMS, which is signed.
 */
import { createHash } from 'node:crypto';

export interface Built {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Origin {
  /** `git+https://…` */
  readonly repository: string;
  readonly commit: string;
  /** URI of what ran the build. */
  readonly builder: string;
}

/** Lower-case hex. */
export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** As `sha256sum` writes and checks them. */
export const checksums = (files: readonly Built[]): string =>
  files.map(({ name, bytes }) => `${sha256(bytes)}  ${name}\n`).join('');

/** https://in-toto.io/Statement/v1 with https://slsa.dev/provenance/v1 */
export const statement = (
  files: readonly Built[],
  { repository, commit, builder }: Origin,
): object => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: files.map(({ name, bytes }) => ({ name, digest: { sha256: sha256(bytes) } })),
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: 'https://github.com/millrace/millrace/blob/main/docs/operations/releasing.md',
      externalParameters: { repository, ref: commit },
      resolvedDependencies: [{ uri: repository, digest: { gitCommit: commit } }],
    },
    runDetails: { builder: { id: builder } },
  },
});
