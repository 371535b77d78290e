/** Whether a part answers in its own protocol; an open port alone says little. One question each, no state. */
import { connect } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

const answerTimeoutMs = 2000;

/** Sends `request` and resolves with the first verdict that `read` gives on the bytes so far; false on any failure. */
function ask(
  { host, port }: Address,
  request: Buffer,
  read: (answer: Buffer) => boolean | undefined,
): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connect({ host, port }, () => socket.write(request));
    const finish = (verdict: boolean) => {
      socket.destroy();
      resolve(verdict);
    };
    socket.setTimeout(answerTimeoutMs, () => finish(false));
    socket.on('error', () => finish(false)).on('close', () => finish(false));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      const verdict = read(answer);
      if (verdict !== undefined) finish(verdict);
    });
  });
}

/** Metadata request, version 1, correlation 0, no client id, no topic (Kafka protocol guide). */
const metadataRequest = Buffer.from([0, 0, 0, 14, 0, 3, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0]);

/** Ready once the broker lists itself: before that its port answers, but no topic can be made. */
export function kafkaAnswers(address: Address): Promise<boolean> {
  return ask(address, metadataRequest, (answer) =>
    answer.length < 12 ? undefined : answer.readInt32BE(8) > 0,
  );
}

/** True when the port takes a connection: all that can be asked of a broker without its credentials. */
export function acceptsConnections({ host, port }: Address): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => socket.end(() => resolve(true)));
    socket.setTimeout(answerTimeoutMs, () => socket.destroy(new Error('timeout')));
    socket.on('error', () => resolve(false));
  });
}

/** Ready when a startup message is answered by R (authentication); E says "starting up" or "shutting down". */
export function postgresAdmits(address: Address, user: string, database: string): Promise<boolean> {
  const body = Buffer.from(`\0\x03\0\0user\0${user}\0database\0${database}\0\0`, 'latin1');
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length + 4);
  return ask(address, Buffer.concat([size, body]), (answer) =>
    answer.length === 0 ? undefined : answer[0] === 'R'.charCodeAt(0),
  );
}

/** SSLRequest (PostgreSQL protocol, 55.2.11): answered by S or N without any credentials. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

export function postgresAnswers(address: Address): Promise<boolean> {
  return ask(address, sslRequest, (answer) =>
    answer.length === 0 ? undefined : 'SN'.includes(answer.toString('latin1', 0, 1)),
  );
}

/** The status with which a GET is answered; undefined without an answer. */
export async function httpStatus(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return undefined;
  }
}
