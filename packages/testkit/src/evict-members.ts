/**
 * Takes the members out of a consumer group, as the broker does when their sessions run out: for members whose
 * process was killed, so that a test does not wait for it. One broker, which coordinates every group.
 * Source: https://kafka.apache.org/protocol (DescribeGroups 2, LeaveGroup 2)
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const describeGroups = 15;
const leaveGroup = 13;
const version = 2;

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** One request, and what comes back behind the response's header. */
async function ask(socket: Socket, apiKey: number, body: Buffer): Promise<Buffer> {
  const head = Buffer.alloc(8);
  head.writeInt16BE(apiKey, 0);
  head.writeInt16BE(version, 2);
  const request = Buffer.concat([head, text('evict-members'), body]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(request.length);
  socket.write(Buffer.concat([length, request]));
  let answer = Buffer.alloc(0);
  while (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    answer = Buffer.concat([answer, chunk]);
  }
  return answer.subarray(8);
}

/** The ids of a group's members in the answer to DescribeGroups for that group alone. */
function memberIds(answer: Buffer): string[] {
  let at = 8 + 2; // throttle time, number of groups, error code
  const take = (length: number): string => {
    const start = at;
    at += Math.max(length, 0);
    return answer.toString('utf8', start, at);
  };
  const string = () => {
    at += 2;
    return take(answer.readInt16BE(at - 2));
  };
  const bytes = () => {
    at += 4;
    return take(answer.readInt32BE(at - 4));
  };
  for (const _of of ['group', 'state', 'protocol type', 'protocol']) string();
  const count = answer.readInt32BE(at);
  at += 4;
  return Array.from({ length: count }, () => {
    const id = string();
    for (const _of of ['client id', 'client host']) string();
    for (const _of of ['metadata', 'assignment']) bytes();
    return id;
  });
}

/** @param kafkaBrokers `host:port` of the one broker */
export async function evictMembers(kafkaBrokers: string, groupId: string): Promise<void> {
  const [host, port] = kafkaBrokers.split(':') as [string, string];
  const socket = connect(Number(port), host);
  try {
    const one = Buffer.from([0, 0, 0, 1]);
    const described = await ask(socket, describeGroups, Buffer.concat([one, text(groupId)]));
    for (const id of memberIds(described))
      await ask(socket, leaveGroup, Buffer.concat([text(groupId), text(id)]));
  } finally {
    socket.destroy();
  }
}
