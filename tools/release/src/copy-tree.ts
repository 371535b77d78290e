/**
 * The commit with the release's own changes in it, in a directory of its own: files are made there, so that a dry run makes what the
 * release would, and one that fails has changed nothing.
 */
import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param changed path → text
 * @param directory empty
 */
export function copyTree(
  root: string,
  changed: Readonly<Record<string, string>>,
  directory: string,
): void {
  const options = { cwd: root, stdio: 'pipe', maxBuffer: 1 << 30 } as const;
  const archive = execFileSync('git', ['archive', '--format=tar', 'HEAD'], options);
  execFileSync('tar', ['--extract', '--directory', directory], { ...options, input: archive });
  for (const [path, text] of Object.entries(changed)) writeFileSync(join(directory, path), text);
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
}
