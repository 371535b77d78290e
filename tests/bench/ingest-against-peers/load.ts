/**
 * The sender, a process of its own so that its work is not the server's: HTTP/1.1 over kept connections, the request
 * written once and its ids patched in place. Called by run.ts with a LoadSpec as JSON; prints `begin` when it is warm and
 * one line of JSON at the end.
 */
import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { eventId, idDigits, type LoadReport, type LoadSpec } from './load-spec.ts';

const eventText = (prefix: string): string =>
  `{"order_id":"${eventId(prefix, 0)}","amount":1250,"placed_at":"2026-11-27T08:00:00Z","note":"two of them, and please leave the parcel with the neighbour"}`;

const requestOf = ({ url, path, mediaType, eventsPerRequest, prefix }: LoadSpec) => {
  const body = Array.from({ length: eventsPerRequest }, () => eventText(prefix)).join('\n');
  const { host } = new URL(url);
  const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: ${mediaType}\r\ncontent-length: ${body.length}\r\n\r\n`;
  const bytes = Buffer.from(head + body, 'latin1');
  const positions: number[] = [];
  const idStart = `"${prefix}-`;
  for (let at = bytes.indexOf(idStart); at !== -1; at = bytes.indexOf(idStart, at + 1))
    positions.push(at + idStart.length);
  return { bytes, positions };
};

interface Connection {
  readonly socket: Socket;
  readonly bytes: Buffer;
  sentMs: number;
  number: number;
  text: string;
}

const run = async (spec: LoadSpec): Promise<LoadReport> => {
  const { hostname, port } = new URL(spec.url);
  const { bytes, positions } = requestOf(spec);
  const latenciesMs: number[] = [];
  const statuses: Record<string, number> = {};
  const accepted: number[] = [];
  const idle: Connection[] = [];
  const due: number[] = [];
  let next = 0;
  let counting = false;
  let stopped = false;

  const send = (connection: Connection, dueMs: number) => {
    connection.number = next++;
    connection.sentMs = dueMs;
    for (const [index, position] of positions.entries()) {
      let rest = connection.number * spec.eventsPerRequest + index;
      for (let digit = idDigits - 1; digit >= 0; digit -= 1) {
        connection.bytes[position + digit] = 48 + (rest % 10);
        rest = Math.floor(rest / 10);
      }
    }
    connection.socket.write(connection.bytes);
  };
  const answered = (connection: Connection, status: string) => {
    if (counting) {
      latenciesMs.push(performance.now() - connection.sentMs);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
    if (status === '202' && spec.tellsAccepted) accepted.push(connection.number);
    if (stopped) return;
    const waitingSinceMs = due.shift();
    if (spec.requestsPerSecond === undefined) send(connection, performance.now());
    else if (waitingSinceMs !== undefined) send(connection, waitingSinceMs);
    else idle.push(connection);
  };
  const take = (connection: Connection, chunk: Buffer) => {
    connection.text += chunk.toString('latin1');
    const end = connection.text.indexOf('\r\n\r\n');
    if (end === -1) return;
    const length = Number(/content-length: *(\d+)/i.exec(connection.text)?.[1] ?? 0);
    if (connection.text.length < end + 4 + length) return;
    const status = connection.text.slice(9, 12);
    connection.text = '';
    answered(connection, status);
  };
  const open = (): Promise<Connection> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), noDelay: true });
      const connection = { socket, bytes: Buffer.from(bytes), sentMs: 0, number: 0, text: '' };
      socket.once('connect', () => resolve(connection));
      socket.once('error', reject);
      socket.on('data', (chunk) => take(connection, chunk));
    });

  for (let opened = 0; opened < spec.connections; opened += 1) idle.push(await open());
  const connections = [...idle];
  let clock: NodeJS.Timeout | undefined;
  if (spec.requestsPerSecond === undefined) {
    for (const connection of idle.splice(0)) send(connection, performance.now());
  } else {
    const startedMs = performance.now();
    const everyMs = 1000 / spec.requestsPerSecond;
    let made = 0;
    clock = setInterval(() => {
      for (; startedMs + made * everyMs <= performance.now(); made += 1) {
        const connection = idle.pop();
        if (connection === undefined) due.push(startedMs + made * everyMs);
        else send(connection, startedMs + made * everyMs);
      }
    }, 1);
  }
  await passed(spec.warmUpSeconds);
  counting = true;
  const stalls = monitorEventLoopDelay({ resolution: 2 });
  stalls.enable();
  console.log('begin');
  const startedMs = performance.now();
  await passed(spec.seconds);
  const seconds = (performance.now() - startedMs) / 1000;
  stalls.disable();
  counting = false;
  stopped = true;
  clearInterval(clock);
  // What is under way is still answered, and counts for the audit.
  if (spec.tellsAccepted) await passed(5);
  for (const { socket } of connections) socket.destroy();
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number) => latenciesMs[Math.floor(latenciesMs.length * share)] ?? Number.NaN;
  return {
    ...{ requests: latenciesMs.length, acceptedRequests: statuses['202'] ?? statuses['200'] ?? 0 },
    ...{ statuses, p50Ms: at(0.5), p99Ms: at(0.99), seconds },
    senderStallMs: stalls.max / 1e6,
    ...(spec.tellsAccepted ? { accepted } : {}),
  };
};

const passed = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as LoadSpec)));
