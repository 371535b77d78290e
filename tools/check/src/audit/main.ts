/**
 * Asks the registry for known vulnerabilities of what is installed in production. Exit code 0: none that is high or critical; 1: some;
 * 77: nobody could tell, which counts as skipped. Licences, sources and scripts of packages need no network: tools/tidy.
 */
import { execFile } from 'node:child_process';
import { skippedCode } from '../parts.ts';
import { judgeAudit } from './judge-audit.ts';

/** A registry that does not answer is no reason to wait. */
const PATIENCE_MS = 45_000;

const output = await new Promise<string>((resolve) => {
  const child = execFile(
    'npm',
    ['audit', '--omit=dev', '--json', '--fetch-retries=0'],
    { timeout: PATIENCE_MS, maxBuffer: 64 * 1024 * 1024 },
    (_error, stdout) => resolve(stdout),
  );
  child.on('error', () => resolve(''));
});
const { kind, lines } = judgeAudit(output);
for (const line of lines) process.stdout.write(`audit: ${line}\n`);
process.exitCode = { good: 0, bad: 1, skipped: skippedCode }[kind];
