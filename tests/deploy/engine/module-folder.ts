/** What a Go module holds, as its project publishes it. */
import { tmpdir } from 'node:os';
import { attempt } from './run.ts';

/**
 * The module's folder in Go's cache; downloaded once.
 * @param module with its version, `path@v1.2.3`
 */
export const moduleFolder = async (module: string): Promise<string> => {
  const { stdout } = await attempt('go', ['mod', 'download', '-json', module], { cwd: tmpdir() });
  const { Dir, Error: problem } = JSON.parse(stdout) as { Dir?: string; Error?: string };
  if (Dir === undefined) throw new Error(`${module}: ${problem}`);
  return Dir;
};
