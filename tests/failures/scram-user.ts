/**
 * Makes a user for SCRAM on a real broker, as `kafka-configs.sh --alter --add-config` does, without a JVM for it.
 * Source: KIP-554 (AlterUserScramCredentials, version 0), RFC 5802.
 */
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';

const mechanisms = {
  'scram-sha-256': [1, 'sha256', 32],
  'scram-sha-512': [2, 'sha512', 64],
} as const;
const iterations = 4096;
const apiKey = 51;

const int16 = (value: number) => {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
};
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
/** Of the compact kind; what is written here is shorter than 126 bytes. */
const compact = (bytes: Buffer) => Buffer.concat([Buffer.from([bytes.length + 1]), bytes]);
const noTags = Buffer.from([0]);

const requestOf = (user: string, password: string, mechanism: keyof typeof mechanisms) => {
  const [id, digest, bytes] = mechanisms[mechanism];
  const salt = randomBytes(24);
  const salted = pbkdf2Sync(password, salt, iterations, bytes, digest);
  const clientId = Buffer.from('tests');
  const body = [
    ...[int16(apiKey), int16(0), int32(1), int16(clientId.length), clientId, noTags],
    // no deletions, one upsertion
    ...[Buffer.from([1]), Buffer.from([2]), compact(Buffer.from(user)), Buffer.from([id])],
    ...[int32(iterations), compact(salt), compact(salted), noTags, noTags],
  ];
  const all = Buffer.concat(body);
  return Buffer.concat([int32(all.length), all]);
};

/** Also changes the password of a user who is there. */
export async function setScramUser(
  broker: string,
  user: string,
  password: string,
  mechanism: keyof typeof mechanisms,
): Promise<void> {
  const [host, port] = broker.split(':') as [string, string];
  const socket = connect(Number(port), host);
  await once(socket, 'connect');
  socket.write(requestOf(user, password, mechanism));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  // length, correlation id, tags, throttle time; one result: the user, and then the error code
  const code = answer.readInt16BE(15 + user.length);
  if (code !== 0) throw new Error(`the broker refused the user: ${code}`);
}
