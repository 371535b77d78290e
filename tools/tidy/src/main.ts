import { fileURLToPath } from 'node:url';
import { exceptions } from './exceptions.ts';
import { limits } from './house.ts';
import { judge, renderFinding } from './judge.ts';
import { readRepository } from './read-repository.ts';
import { allRules } from './rules/all-rules.ts';

/** `node tools/tidy/src/main.ts`: what the tidy test would say, as a list; and the files past their aim. */
const tree = readRepository(fileURLToPath(new URL('../../..', import.meta.url)));
const broken = judge(tree, allRules, exceptions).filter(({ findings }) => findings.length > 0);

for (const { rule, findings } of broken) {
  const lines = findings.map((finding) => `  ${renderFinding(finding)}`);
  process.stdout.write(`${rule.name}: ${rule.why}\n${lines.join('\n')}\n\n`);
}

const long = tree.sources
  .filter(({ lineCount }) => lineCount > limits.fileLinesAim)
  .sort((left, right) => right.lineCount - left.lineCount)
  .map(({ path, lineCount }) => `  ${String(lineCount).padStart(4)} ${path}`);
process.stdout.write(
  `Files above the aim of ${limits.fileLinesAim} lines: ${long.length}\n${long.join('\n')}\n`,
);
process.exitCode = broken.length === 0 ? 0 : 1;
