/** Where the console's parts lie on disk. */
import { fileURLToPath } from 'node:url';

const inPackage = (path: string): string =>
  fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** What a browser runs, before it is built. */
export const pageDirectory = inPackage('src/page');
/** What the build writes and the service serves. */
export const distDirectory = inPackage('dist');
/** Inside dist: of which sources it was built. */
export const stampName = 'sources.sha256';
/** What the build's outcome depends on. */
export const sourcePlaces: readonly string[] = ['src/page', 'src/build', 'package.json'].map(
  inPackage,
);
