/**
 * What state costs: reading, changing and writing entries in memory and spilled, beside a plain Map; taking
 * changes for a transaction; restoring; and ten million keys within a limit of memory. Each part runs in a
 * process of its own and prints CPU time, so that what else the machine does matters little.
 *
 *   node tests/bench/streams-state/run.ts [part …]
 */
import { execFileSync } from 'node:child_process';
import { parts } from './parts.ts';

/** V8 collects late when it may: what a process that must stay small is told. */
const nodeOptions: Readonly<Record<string, readonly string[]>> = {
  'ten-million': ['--max-old-space-size=192', '--max-semi-space-size=8'],
};

const wanted = process.argv.slice(2);

if (process.env['STREAMS_STATE_PART'] !== undefined) {
  const part = parts[process.env['STREAMS_STATE_PART']];
  console.log(JSON.stringify(await part?.()));
} else {
  for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
    const args = [...(nodeOptions[name] ?? []), import.meta.filename];
    const env = { ...process.env, STREAMS_STATE_PART: name };
    const output = execFileSync(process.execPath, args, { env, encoding: 'utf8' });
    console.log(name);
    console.table(JSON.parse(output));
  }
}
