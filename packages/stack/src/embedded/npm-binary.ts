/** Finds a server that npm installed as an optional dependency of this package, for this platform. */
import { createRequire } from 'node:module';
import { MillraceError } from '@millrace/contracts';

const require = createRequire(import.meta.url);

/**
 * Path of a file of an optional package.
 * @throws `stack.platform-unsupported` when npm did not install it, with what to do
 */
export function resolveOptional(what: string, packageName: string, file: string): string {
  try {
    return require.resolve(`${packageName}${file}`);
  } catch (cause) {
    throw new MillraceError(
      'stack.platform-unsupported',
      `${what} for the embedded stack comes from the optional npm package ${packageName}, which is not installed (this machine: ${process.platform}-${process.arch}): run npm install without --omit=optional, or use --backend containers or --backend external.`,
      { cause },
    );
  }
}
