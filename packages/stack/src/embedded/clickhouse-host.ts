/**
 * Runs a real ClickHouse server out of npm's library: clickhouse-host.ts LIBRARY CONFIG.xml START.sql
 *
 * The library holds clickhouse-local. Two of its features make it a server: `SYSTEM START LISTEN` opens the ports of
 * the configuration, and a second queries file that is a pipe nobody writes to keeps it up: reading it blocks outside
 * any query, so there is nothing for KILL QUERY or a time limit to hit. Closing the pipe is the end of its input, upon
 * which it shuts down in order.
 *
 * Exit code 0 after an orderly stop (SIGTERM, SIGINT), 1 with ClickHouse's message on stderr otherwise (port taken,
 * data in use, bad configuration). ffi-rs is used since it leaves the stack alone, which ClickHouse checks.
 */
import { DataType, load, open } from 'ffi-rs';

/** An attached table whose remote endpoint is gone holds the start, and so the stop, for a minute of retries. */
const stopGraceMs = 14_000;

const [library, config, start] = process.argv.slice(2);
if (library === undefined || config === undefined || start === undefined) {
  process.stderr.write('usage: clickhouse-host.ts LIBRARY CONFIG.xml START.sql\n');
  process.exit(2);
}

open({ library: 'libc', path: 'libc.so.6' });
open({ library: 'clickhouse', path: library });

function openPipe(): { readEnd: number; writeEnd: number } {
  const pair = Buffer.alloc(8);
  const failed = load({
    library: 'libc',
    funcName: 'pipe',
    retType: DataType.I32,
    paramsType: [DataType.U8Array],
    paramsValue: [pair],
  });
  if (failed !== 0) throw new Error('pipe() failed: too many open files?');
  return { readEnd: pair.readInt32LE(0), writeEnd: pair.readInt32LE(4) };
}

function closeDescriptor(fd: number): void {
  load({
    library: 'libc',
    funcName: 'close',
    retType: DataType.I32,
    paramsType: [DataType.I32],
    paramsValue: [fd],
  });
}

const { readEnd, writeEnd } = openPipe();
let stopping = false;

function stop(): void {
  if (stopping) return;
  stopping = true;
  closeDescriptor(writeEnd);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), stopGraceMs).unref();
}

process.on('SIGTERM', stop);
process.on('SIGINT', stop);

const args = [
  'clickhouse-local',
  `--config-file=${config}`,
  '--log-level=warning',
  `--queries-file=${start}`,
  `--queries-file=/dev/fd/${readEnd}`,
];
// On a thread of its own, so that this one still sees the signals.
const result = await load({
  library: 'clickhouse',
  funcName: 'chdb_query_cmdline',
  retType: DataType.External,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [args.length, args],
  runInNewThread: true,
});

if (!stopping) {
  const message = load({
    library: 'clickhouse',
    funcName: 'chdb_result_error',
    retType: DataType.String,
    paramsType: [DataType.External],
    paramsValue: [result],
  });
  process.stderr.write(`ClickHouse ended by itself: ${message}\n`);
}
process.exit(stopping ? 0 : 1);
