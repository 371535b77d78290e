/**
 * Runs one of the repository's TypeScript programs on a machine that has nothing but Node ≥ 20:
 *
 *     node tools/bootstrap/run.mjs <file.ts> [arguments…]
 *
 * It installs the dependencies when they differ from package-lock.json, then starts the file with the
 * Node 24 that is one of them. It is the only JavaScript file of the house, has no dependency, and does
 * nothing else: what a program needs besides (Java, Maven) that program checks itself.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 20;
const root = fileURLToPath(new URL('../..', import.meta.url));
const binDirectory = join(root, 'node_modules', '.bin');
const pinnedNode = join(binDirectory, 'node');
const compileCache = join(root, 'node_modules', '.cache', 'millrace');
const lockDirectory = join(root, '.millrace');
const lockFile = join(lockDirectory, 'install.lock');

/** Ends with one sentence that says what to do. */
function fail(sentence) {
  process.stderr.write(`millrace: ${sentence}\n`);
  process.exit(1);
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes node_modules/.package-lock.json
 * as the last act of an install, whoever started it, so an interrupted one does not count as done.
 * Optional packages may be absent: they belong to another platform.
 */
function isInstalled() {
  const hiddenLock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hiddenLock) || !existsSync(pinnedNode)) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(hiddenLock, 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') && !path.includes('/node_modules/')) return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

/** Takes the install lock, waiting while another living process holds it. */
async function takeInstallLock() {
  mkdirSync(lockDirectory, { recursive: true });
  for (let told = false; ; told = true) {
    try {
      const handle = openSync(lockFile, 'wx');
      writeSync(handle, String(process.pid));
      closeSync(handle);
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned()) rmSync(lockFile, { force: true });
    else if (!told) process.stderr.write('millrace: waiting for another install to finish …\n');
    await sleep(200);
  }
}

/** True when the holder of the lock is gone. An empty lock is one that is being written. */
function isAbandoned() {
  try {
    const holder = Number(readFileSync(lockFile, 'utf8'));
    if (holder > 0) process.kill(holder, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

function exited(child) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

async function install() {
  await takeInstallLock();
  try {
    if (isInstalled()) return;
    const startedMs = Date.now();
    process.stderr.write('millrace: installing dependencies with npm ci (once) …\n');
    const arguments_ = ['ci', '--loglevel=error', '--no-audit', '--no-fund'];
    // npm's own summary goes to stderr, so that a program's --json stays alone on stdout.
    const child = spawn('npm', arguments_, { cwd: root, stdio: ['ignore', 2, 2] });
    const { code, signal } = await exited(child).catch((error) =>
      fail(`cannot run npm: ${error.message}`),
    );
    if (code !== 0) {
      fail(
        `npm ci ended with ${signal ?? `exit code ${code}`}; its message is above. Check the network or proxy and run the same command again.`,
      );
    }
    const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
    process.stderr.write(`millrace: dependencies installed in ${seconds} s\n`);
  } finally {
    rmSync(lockFile, { force: true });
  }
  if (!existsSync(pinnedNode)) {
    fail(
      'Node 24 was not unpacked, because npm was told to ignore install scripts; run: npm rebuild node --ignore-scripts=false',
    );
  }
}

/**
 * Runs the program in our place: its streams, its signals, its exit code. Over the channel it learns that
 * this process was killed (`disconnect`), so that it can end what it has started.
 */
async function run(file, programArguments) {
  const child = spawn(pinnedNode, [file, ...programArguments], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      PATH: `${binDirectory}${delimiter}${process.env.PATH ?? ''}`,
      // TypeScript stripped and compiled once: halves the start of every process below this one.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compileCache,
    },
  });
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT']) {
    process.on(signal, () => {
      // A terminal sends its Ctrl-C to the child as well; a second one would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  const { code, signal } = await exited(child).catch((error) =>
    fail(`cannot run ${pinnedNode}: ${error.message}`),
  );
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
}

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  fail(
    `Node ${NODE_MAJOR_MIN} or newer is needed to install (this is ${process.versions.node}); get it from https://nodejs.org.`,
  );
}
const [file, ...programArguments] = process.argv.slice(2);
if (file === undefined) fail('usage: node tools/bootstrap/run.mjs <file.ts> [arguments…]');
if (!isInstalled()) await install();
await run(file, programArguments);
