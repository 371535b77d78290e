/**
 * One process a directory: a listening socket whose name is made of the directory's path. The kernel lets go of it when
 * the process ends, kill -9 included, and no number of a process can be mistaken for another's. Holds on one machine
 * and within one network namespace: two containers on one volume do not see each other.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Takes the directory.
 * @returns what lets go of it
 * @throws Error when a living process has it
 */
export const lockDirectory = async (directory: string): Promise<() => void> => {
  const path = await realpath(directory);
  const name = `millrace-client-${createHash('sha256').update(path).digest('hex').slice(0, 32)}`;
  const address = addressOf(name);
  const server = createServer((socket) => socket.destroy());
  for (let isRetry = false; ; isRetry = true) {
    server.listen(address);
    try {
      await once(server, 'listening');
      break;
    } catch (error) {
      const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (!inUse || isRetry || (await answers(address)))
        throw new Error(`${directory} is in use by another client.`, { cause: error });
      await rm(address, { force: true });
    }
  }
  server.unref();
  return () => void server.close();
};

/** Linux and Windows forget these names by themselves; elsewhere it is a file. */
const addressOf = (name: string): string => {
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
};

/** Whether somebody listens; the file of a process that is gone stays behind. */
const answers = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () =>
      resolve(process.platform === 'linux' || process.platform === 'win32'),
    );
  });
