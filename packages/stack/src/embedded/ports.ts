/**
 * Ports for the parts on 127.0.0.1. Free ones are taken from below the range that the system gives to outgoing
 * connections: a client that retries a dead server's port inside that range can be connected to itself, and then
 * holds the port that the server needs to come back on.
 */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { MillraceError } from '@millrace/contracts';
import type { StackPart } from '../stack.ts';

const lowestPort = 10_240;
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

async function release(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
}

/** `count` different ports on 127.0.0.1 that nobody listened on a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const end = outgoingRangeStart();
  const held: Server[] = [];
  const ports: number[] = [];
  for (let attempt = 0; ports.length < count && attempt < attemptsMax; attempt++) {
    const port = randomInt(lowestPort, end);
    try {
      held.push(await listen(port));
      ports.push(port);
    } catch {
      // taken: try another
    }
  }
  await release(held);
  if (ports.length < count)
    throw new MillraceError(
      'stack.port-busy',
      `No ${count} free ports between ${lowestPort} and ${end}.`,
    );
  return ports;
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
    await release([await listen(port)]);
  } catch (error) {
    throw portBusy(part, port, error);
  }
}
