/** As much of a registry of images and charts (OCI distribution) as a push needs, in memory. Not a test. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ArtifactRegistry {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** What was pushed: `name:tag`, its manifest and blobs by digest. */
  readonly pushed: ReadonlyMap<string, Buffer>;
  readonly blobs: ReadonlyMap<string, Buffer>;
  close(): Promise<void>;
}

const digestOf = (bytes: Buffer): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Takes what comes from whomever. */
export async function startArtifactRegistry(): Promise<ArtifactRegistry> {
  const pushed = new Map<string, Buffer>();
  const blobs = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://registry');
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body = Buffer.concat(pieces);
    let found: Buffer | undefined;
    const answer = (status: number, headers: Readonly<Record<string, string>> = {}) =>
      response.writeHead(status, headers).end(request.method === 'GET' ? found : undefined);
    const [, name, kind, last = ''] = /^\/v2\/(.+)\/(blobs|manifests)\/(.*)$/.exec(pathname) ?? [];
    if (name === undefined) return answer(200);
    if (request.method === 'POST') return answer(202, { location: `/v2/${name}/blobs/uploads/1` });
    if (request.method === 'PUT') {
      const digest = digestOf(body);
      if (kind === 'blobs' && searchParams.get('digest') !== digest) return answer(400);
      blobs.set(digest, body);
      if (kind === 'manifests') pushed.set(`${name}:${last}`, body);
      return answer(201, { location: pathname, 'docker-content-digest': digest });
    }
    found = blobs.get(last) ?? pushed.get(`${name}:${last}`);
    if (found === undefined) return answer(404);
    const headers = {
      'content-length': String(found.length),
      'docker-content-digest': digestOf(found),
    };
    return answer(200, {
      ...headers,
      'content-type': 'application/vnd.oci.image.manifest.v1+json',
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...{ pushed, blobs, address: `127.0.0.1:${(server.address() as AddressInfo).port}` },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
