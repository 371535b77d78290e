/**
 * The three words of S3 that a reader needs: list a page, read a range of a version, and errors told apart. Requests
 * are signed by aws4fetch; retrying is the session's, which begins at the last position.
 */
import { MillraceError } from '@millrace/contracts';
import { AwsClient } from 'aws4fetch';
import { XMLParser } from 'fast-xml-parser';
import type { S3Declaration } from '../sources/source-declaration.ts';
import type { ByteRange } from './place.ts';

export interface S3Object {
  readonly key: string;
  /** Without its quotes. */
  readonly etag: string;
  readonly bytes: number;
}

export interface S3Page {
  readonly objects: readonly S3Object[];
  /** Where the next page begins; absent behind the last. */
  readonly next?: string;
}

export interface S3Client {
  list(prefix: string, from: string | undefined, signal: AbortSignal): Promise<S3Page>;
  read(object: S3Object, range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** @param bucket its name */
export const createS3Client = (bucket: string, options: S3Declaration): S3Client => {
  const root = rootUrl(bucket, options);
  const send = createSend(options);

  const list: S3Client['list'] = async (prefix, from, signal) => {
    const query = new URLSearchParams({ 'list-type': '2', 'encoding-type': 'url', prefix });
    if (from !== undefined) query.set('continuation-token', from);
    const answer = await send(`${root}/?${query}`, {}, signal);
    const text = await bodyOf(() => answer.text(), root);
    if (answer.status !== 200) throw refusal(answer.status, text, `listing ${bucket}`);
    return parseListing(text, bucket);
  };

  async function* read(object: S3Object, { from, to }: ByteRange, signal: AbortSignal) {
    const end = Math.min(to ?? object.bytes, object.bytes);
    if (from >= end) return;
    const path = object.key.split('/').map(encodeURIComponent).join('/');
    const headers = { range: `bytes=${from}-${end - 1}`, 'if-match': `"${object.etag}"` };
    const answer = await send(`${root}/${path}`, headers, signal);
    if (answer.status === 412 || answer.status === 404) {
      await answer.body?.cancel();
      throw new MillraceError('ingest.part-changed', `${object.key} is another version by now`, {
        retryable: true,
      });
    }
    if (answer.status !== 206 && !(answer.status === 200 && from === 0)) {
      const text = await bodyOf(() => answer.text(), root);
      throw refusal(answer.status, text, `reading ${object.key}`);
    }
    const chunks = answer.body?.values() ?? [];
    let left = end - from;
    for await (const chunk of unbroken(chunks, object.key)) {
      // a server that does not know ranges sends all of it
      yield chunk.length > left ? chunk.subarray(0, left) : chunk;
      left -= Math.min(left, chunk.length);
      if (left === 0) return;
    }
    if (left > 0) throw unavailable(`${object.key}: the answer ended ${left} bytes early`);
  }

  return { list, read };
};

const rootUrl = (bucket: string, { endpoint, region, pathStyle }: S3Declaration): string => {
  const base = new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
  if (pathStyle ?? endpoint !== undefined) return `${base.href.replace(/\/$/, '')}/${bucket}`;
  base.host = `${bucket}.${base.host}`;
  return base.href.replace(/\/$/, '');
};

type Send = (
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Response>;

/** Without keys requests go unsigned, which public buckets take. */
const createSend = ({
  accessKeyId,
  secretAccessKey,
  sessionToken,
  region,
}: S3Declaration): Send => {
  const aws =
    accessKeyId === undefined || secretAccessKey === undefined
      ? undefined
      : new AwsClient({
          ...{ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 },
          ...(sessionToken === undefined ? {} : { sessionToken }),
        });
  return async (url, headers, signal) => {
    try {
      return await (aws === undefined
        ? fetch(url, { headers, signal })
        : aws.fetch(url, { headers, signal }));
    } catch (cause) {
      signal.throwIfAborted();
      throw unavailable(`${new URL(url).host} cannot be reached: ${reason(cause)}`, cause);
    }
  };
};

const bodyOf = async (read: () => Promise<string>, where: string): Promise<string> => {
  try {
    return await read();
  } catch (cause) {
    throw unavailable(`${where}: ${reason(cause)}`, cause);
  }
};

async function* unbroken(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  key: string,
): AsyncGenerator<Uint8Array, void, void> {
  const iterator = (async function* () {
    yield* chunks;
  })();
  try {
    for (;;) {
      const next = await iterator.next().catch((cause: unknown) => {
        throw (cause as Error).name === 'AbortError'
          ? cause
          : unavailable(`${key}: the answer broke off: ${reason(cause)}`, cause);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await iterator.return(undefined);
  }
}

const reason = (cause: unknown): string => {
  const { message, cause: deeper } = cause as Error;
  return deeper instanceof Error ? `${message} (${deeper.message})` : message;
};

const unavailable = (message: string, cause?: unknown): MillraceError =>
  new MillraceError('ingest.place-unavailable', message, { retryable: true, cause });

const refusal = (status: number, text: string, doing: string): MillraceError => {
  const code = /<Code>([^<]{1,80})<\/Code>/.exec(text)?.[1] ?? 'no reason given';
  const message = `${doing}: ${status} ${code}`;
  if (status >= 500 || status === 429 || code === 'RequestTimeout') return unavailable(message);
  return new MillraceError('ingest.place-refused', message);
};

const parser = new XMLParser({
  parseTagValue: false,
  isArray: (name) => name === 'Contents',
});

interface Listing {
  readonly ListBucketResult?: {
    readonly Contents?: readonly {
      readonly Key: string;
      readonly ETag: string;
      readonly Size: string;
    }[];
    readonly IsTruncated?: string;
    readonly NextContinuationToken?: string;
    readonly EncodingType?: string;
  };
}

/** Source: Amazon S3 API reference, ListObjectsV2. */
const parseListing = (text: string, bucket: string): S3Page => {
  const result = (parser.parse(text) as Listing).ListBucketResult;
  if (result === undefined) throw refusal(200, text, `listing ${bucket}: no listing came`);
  const isEncoded = result.EncodingType === 'url';
  const objects = (result.Contents ?? []).map(({ Key, ETag, Size }) => ({
    key: isEncoded ? decodeURIComponent(Key.replaceAll('+', '%20')) : Key,
    etag: ETag.replace(/^(?:&quot;|")|(?:&quot;|")$/g, ''),
    bytes: Number(Size),
  }));
  const next = result.IsTruncated === 'true' ? result.NextContinuationToken : undefined;
  return { objects, ...(next === undefined ? {} : { next }) };
};
