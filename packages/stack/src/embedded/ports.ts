/**
 * Ports for the parts on 127.0.0.1. Free ones are taken from below the range that the system gives to outgoing
 * connections: a client that retries a dead server's port inside that range can be connected to itself, and then
 * holds the port that the server needs to come back on.
 *
 * They are given out by blocks. A process owns a block while it listens on the block's first port, which the kernel
 * gives back when the process ends, however it ends. So a port that is not listened on yet, or not for a while, because
 * its server is starting or was killed, is not given to another process meanwhile.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { MillraceError } from '@millrace/contracts';
import type { StackPart } from '../stack.ts';

const lowestPort = 10_240;
const blockPorts = 32;
const attemptsMax = 200;

function outgoingRangeStart(): number {
  try {
    const text = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    return Math.max(Number.parseInt(text, 10), lowestPort + 1000);
  } catch {
    return 32_768;
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
  await once(server, 'listening');
  return server;
}

function release(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}

export interface PortRange {
  readonly from: number;
  /** The first one that is not in it. */
  readonly to: number;
}

/** One that gives out ports of blocks that it owns until the process ends. See `freePorts`. */
export function createPortGiver({ from, to }: PortRange): (count: number) => Promise<number[]> {
  let own: number[] = [];
  const takeBlock = async (): Promise<void> => {
    const first = from + blockPorts * randomInt(Math.floor((to - from) / blockPorts));
    if (!(await isHeld(first))) return;
    own = Array.from({ length: blockPorts - 1 }, (_, index) => first + 1 + index);
  };
  return async (count) => {
    const ports: number[] = [];
    for (let attempt = 0; ports.length < count && attempt < attemptsMax; attempt++) {
      const port = own.shift();
      if (port === undefined) await takeBlock();
      else if (await isFree(port)) ports.push(port);
    }
    if (ports.length === count) return ports;
    throw new MillraceError('stack.port-busy', `No ${count} free ports between ${from} and ${to}.`);
  };
}

/**
 * `count` different ports on 127.0.0.1 that nobody listens on, and that nobody else is given while this process lives.
 * Throws `stack.port-busy` when there are not as many.
 */
export const freePorts = createPortGiver({ from: lowestPort, to: outgoingRangeStart() });

/** Whether the port is this process's from now on, until it ends. */
async function isHeld(port: number): Promise<boolean> {
  try {
    (await listen(port)).unref();
    return true;
  } catch {
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  try {
    await release(await listen(port));
    return true;
  } catch {
    return false;
  }
}

/** The one sentence about a port that is taken. */
export function portBusy(part: string, port: number, cause?: unknown): MillraceError {
  return new MillraceError(
    'stack.port-busy',
    `Port ${port} for ${part} is taken by another process: stop that process, or leave the port out and a free one is chosen.`,
    { cause },
  );
}

/** Throws `stack.port-busy` when somebody listens on a port that was asked for. */
export async function requirePort(part: StackPart, port: number): Promise<void> {
  try {
    await release(await listen(port));
  } catch (error) {
    throw portBusy(part, port, error);
  }
}
