import { parseArgs } from 'node:util';
import { everyChange, everyChangeLimitMs, longRuns, selectParts } from './parts.ts';
import { type PartResult, runPart } from './run-part.ts';
import { stopRequests } from './stop-requests.ts';
import { renderSummary, total } from './summary.ts';

/** `npm test`: runs every part even after one has failed, so that one run shows all that is wrong. */
const help = `npm test [-- [--long] [part …]]

Runs lint, types, audit, unit, stack and failures, or only the parts named.
--long  runs the long fault and soak runs under tests/long instead.

The last line is "N passed, N failed" (and ", N skipped" if any); the exit code is 1 when any failed.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});
const available = values.long ? longRuns : everyChange;
const parts = selectParts(available, positionals);

if (values.help) {
  process.stdout.write(help);
} else if (parts === undefined) {
  const names = available.map((part) => part.name).join(', ');
  process.stderr.write(`Unknown part in "${positionals.join(' ')}"; there are: ${names}.\n`);
  process.exitCode = 2;
} else {
  const stop = stopRequests();
  const results: PartResult[] = [];
  for (const part of parts) {
    if (stop.aborted) break;
    process.stdout.write(`\n── ${part.name} ──\n`);
    const leftMs = values.long ? part.limitMs : Math.max(0, everyChangeLimitMs - performance.now());
    results.push(await runPart({ ...part, limitMs: Math.min(part.limitMs, leftMs) }, stop));
  }
  process.stdout.write(`\n${renderSummary(results)}`);
  process.exitCode = total(results).failed > 0 ? 1 : 0;
}
