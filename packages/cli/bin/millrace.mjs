#!/usr/bin/env node
/**
 * The `millrace` command for whatever Node 20 or newer starts it: runs src/main.ts with the Node 24 that is a
 * dependency, in this process when this is one already. Plain JavaScript, since an older Node cannot read TypeScript.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const oldestMajor = 24;
const main = new URL('../src/main.ts', import.meta.url);
// TypeScript stripped and compiled once: halves the start of this process and of every one below it.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../../../node_modules/.cache/millrace', import.meta.url),
);

/** Path of the dependency's Node, or undefined when it is not installed. */
function dependencyNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
}

/** What the services want of V8; one that NODE_OPTIONS sets is the user's. */
function serviceFlags() {
  const given = process.env.NODE_OPTIONS ?? '';
  const file = createRequire(import.meta.url).resolve('@millrace/runtime/node-flags.json');
  const flags = JSON.parse(readFileSync(file, 'utf8'));
  const own = flags[process.argv[2]] ?? flags.default;
  return own.filter((flag) => !given.includes(flag.split('=')[0]));
}

function runWith(node) {
  // Over the channel the child learns that this process was killed, and stops as on SIGTERM.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const argv = [...serviceFlags(), fileURLToPath(main), ...process.argv.slice(2)];
  const child = spawn(node, argv, { stdio });
  // The terminal sends SIGINT to both; it is the child that decides when to end.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () =>
      signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal),
    );
  child.on('error', (error) => {
    process.stderr.write(`millrace: ${node} does not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
    if (child.connected) child.disconnect();
  });
}

if (Number.parseInt(process.versions.node, 10) >= oldestMajor) {
  nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import(main.href);
} else {
  const node = dependencyNode();
  if (node === undefined) {
    process.stderr.write(
      `millrace: Node ${oldestMajor} is needed, this is ${process.versions.node} and the dependency "node" is not installed: run npm install.\n`,
    );
    process.exit(1);
  }
  runWith(node);
}
