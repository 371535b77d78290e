/** A program built by Go inside the module that publishes it, where `go install` refuses one that excludes or replaces others. Once a machine. */
import { builtOnce } from './built-once.ts';
import { moduleFolder } from './module-folder.ts';
import { run } from './run.ts';

/**
 * @param name of the file in the cache, with its version
 * @param module with its version, `path@v1.2.3`
 * @param program its package within the module
 * @param stamps variables that the linker sets
 * @returns its path
 */
export const goProgram = (
  name: string,
  module: string,
  program: string,
  stamps: Readonly<Record<string, string>> = {},
): Promise<string> =>
  builtOnce(name, async (path) => {
    const flags = Object.entries(stamps).map(([variable, value]) => `-X ${variable}=${value}`);
    await run(
      'go',
      ['build', '-trimpath', '-ldflags', ['-s -w', ...flags].join(' '), '-o', path, program],
      { cwd: await moduleFolder(module), env: { ...process.env, CGO_ENABLED: '0' } },
    );
  });
