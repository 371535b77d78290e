/** Objects of a bucket under a prefix or a glob. A version is the ETag; reading asks for that version and no other. */
import { matchesGlob } from 'node:path';
import type { S3Declaration } from '../sources/source-declaration.ts';
import type { Place, PlacedObject } from './place.ts';
import { createS3Client, type S3Object } from './s3-client.ts';

export const createS3Place = (options: S3Declaration): Place => {
  const [bucket = '', ...path] = options.s3.slice('s3://'.length).split('/');
  const pattern = path.join('/');
  const isGlob = /[*?[\]{}]/.test(pattern);
  const prefix = isGlob ? pattern.slice(0, pattern.search(/[*?[\]{}]/)) : pattern;
  const client = createS3Client(bucket, options);

  const placed = (object: S3Object): PlacedObject => ({
    // with the bucket, so that a source which is moved to another does not take its objects for known
    name: `s3://${bucket}/${object.key}`,
    title: `s3://${bucket}/${object.key}`,
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
    // a bucket tells nobody who only reads; its notifications come to the door and nudge the source
    changed: () => new Promise(() => undefined),
  };
};
