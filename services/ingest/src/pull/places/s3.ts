/** Objects of a bucket under a prefix or a glob. A version is the ETag; reading asks for that version and no other. */
import { matchesGlob } from 'node:path';
import type { S3Declaration } from '../sources/source-declaration.ts';
import type { Place, PlacedObject } from './place.ts';
import { createS3Client, type S3Object } from './s3-client.ts';

export interface S3Place extends Place {
  /** Somebody told that objects came: they are looked for at once. */
  nudge(): void;
}

export const createS3Place = (options: S3Declaration): S3Place => {
  const [bucket = '', ...path] = options.s3.slice('s3://'.length).split('/');
  const pattern = path.join('/');
  const isGlob = /[*?[\]{}]/.test(pattern);
  const prefix = isGlob ? pattern.slice(0, pattern.search(/[*?[\]{}]/)) : pattern;
  const client = createS3Client(bucket, options);
  let nudged: (() => void) | undefined;

  const placed = (object: S3Object): PlacedObject => ({
    // with the bucket, so that a source which is moved to another does not take its objects for known
    name: `s3://${bucket}/${object.key}`,
    version: object.etag,
    bytes: object.bytes,
    read: (range, signal) => client.read(object, range, signal),
  });

  return {
    description: options.s3,
    async *list(_states, signal) {
      let next: string | undefined;
      do {
        const page = await client.list(prefix, next, signal);
        for (const object of page.objects) {
          if (object.key.endsWith('/')) continue;
          if (isGlob && !matchesGlob(object.key, pattern)) continue;
          yield placed(object);
        }
        next = page.next;
      } while (next !== undefined);
    },
    changed: (signal) =>
      new Promise((resolve) => {
        nudged = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    nudge: () => nudged?.(),
  };
};
