/** The search library as the exported site carries it. */

/** Its file for browsers, as a `file:` URL; reading it is the caller's. */
export const searchLibraryUrl = (): string =>
  new URL('../umd/index.js', import.meta.resolve('minisearch')).href;
