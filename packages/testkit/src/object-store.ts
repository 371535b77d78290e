/** A real S3 server (s3proxy over a folder) for one test file: started as a child, gone with it. Its first start downloads 20 MB by Maven. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheDir, cachedArtifacts, findJava, freePorts, startChild } from '@millrace/stack';
import { AwsClient } from 'aws4fetch';

export interface ObjectStore {
  readonly endpoint: string;
  /** The one bucket that is there. */
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  put(key: string, body: string | Uint8Array<ArrayBuffer>): Promise<void>;
  stop(): Promise<void>;
}

const jar = 's3proxy-2.9.0-jar-with-dependencies.jar';
const sums = `238f813ff9d6d295273f809f383d31307d88d8f56acc40109b68a5d49186a0eb  ${jar}\n`;
const accessKeyId = 'test-identity';
const secretAccessKey = 'test-credential';
const bucket = 'test-bucket';
const startTimeoutMs = 120_000;

/** Starts it with its one bucket; rejects when it does not come up. */
export const startObjectStore = async (): Promise<ObjectStore> => {
  const artifacts = await cachedArtifacts(
    cacheDir(process.env),
    {
      ...{ name: 'object-store', description: 'an object store for tests', sums },
      pom: fileURLToPath(new URL('../java/object-store.xml', import.meta.url)),
      ...{ goals: ['package'], neededBytes: 100 * 1024 * 1024 },
    },
    () => undefined,
  );
  const directory = await mkdtemp(join(tmpdir(), 'millrace-objects-'));
  const [port] = await freePorts(1);
  const endpoint = `http://127.0.0.1:${port}`;
  const settings = {
    's3proxy.authorization': 'aws-v2-or-v4',
    's3proxy.endpoint': endpoint,
    's3proxy.identity': accessKeyId,
    's3proxy.credential': secretAccessKey,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.filesystem.basedir': directory,
  };
  const file = join(directory, 'store.properties');
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  await writeFile(file, `${lines.join('\n')}\n`);
  const child = await startChild(
    {
      command: findJava(process.env).command,
      args: [
        '-Xmx128m',
        '-XX:TieredStopAtLevel=1',
        '-jar',
        join(artifacts.directory, jar),
        '--properties',
        file,
      ],
      stopSignal: 'SIGTERM',
    },
    join(directory, 'store.log'),
  );
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    service: 's3',
    region: 'us-east-1',
  });
  const send = async (path: string, body?: string | Uint8Array<ArrayBuffer>): Promise<boolean> => {
    const answer = await client
      .fetch(`${endpoint}/${path}`, { method: 'PUT', ...(body === undefined ? {} : { body }) })
      .catch(() => undefined);
    await answer?.body?.cancel();
    return answer?.ok === true;
  };
  const deadlineMs = performance.now() + startTimeoutMs;
  while (!(await send(bucket))) {
    if (!child.running() || performance.now() > deadlineMs)
      throw new Error('the object store did not start');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    ...{ endpoint, bucket, accessKeyId, secretAccessKey },
    put: async (key, body) => {
      const path = key.split('/').map(encodeURIComponent).join('/');
      if (!(await send(`${bucket}/${path}`, body))) throw new Error(`${key} could not be put`);
    },
    stop: async () => {
      await child.stop();
      await rm(directory, { recursive: true });
    },
  };
};
