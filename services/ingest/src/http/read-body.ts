/**
 * A request's body as bytes. What a body may be is media-type.ts; what it holds of the queue is body-hold.ts. Fastify has
 * a reader of its own, but its bound is on each body alone: here the queue is asked for each piece as it comes.
 */
import type { IncomingMessage } from 'node:http';
import { MillraceError } from '@millrace/contracts';

export interface BodyLimits {
  readonly bytesMax: number;
  /** Undefined: there is room for so many bytes more. Else why there is none. */
  readonly admit: (bytes: number) => MillraceError | undefined;
}

/**
 * Tells the body, or why there is none: `ingest.body-too-large`, `ingest.request-invalid` when it breaks off, or what `admit`
 * says. What still comes then is for the caller to pass over.
 */
export const readBody = (
  request: IncomingMessage,
  { bytesMax, admit }: BodyLimits,
  done: (error: Error | null, body?: Buffer) => void,
): void => {
  if (Number(request.headers['content-length']) > bytesMax) {
    done(tooLarge(bytesMax));
    return;
  }
  const pieces: Buffer[] = [];
  let bytes = 0;
  let isOver = false;
  const fail = (error: Error): void => {
    if (isOver) return;
    isOver = true;
    pieces.length = 0;
    done(error);
  };
  request.on('data', (piece: Buffer) => {
    if (isOver) return;
    bytes += piece.length;
    const refusal = bytes > bytesMax ? tooLarge(bytesMax) : admit(piece.length);
    if (refusal === undefined) pieces.push(piece);
    else fail(refusal);
  });
  request.on('end', () => {
    if (isOver) return;
    isOver = true;
    done(null, pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes));
  });
  request.on('error', () =>
    fail(new MillraceError('ingest.request-invalid', 'The body broke off.')),
  );
};

const tooLarge = (bytesMax: number): MillraceError =>
  new MillraceError('ingest.body-too-large', `A body may have ${bytesMax} bytes.`);
