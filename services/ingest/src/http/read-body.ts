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

export interface BodyReceiver {
  bodyRead(body: Buffer): void;
  bodyFailed(error: Error): void;
}

/**
 * Tells the body, or why there is none: `ingest.body-too-large`, `ingest.request-invalid` when it breaks off, or what `admit`
 * says. What still comes then is for the caller to pass over.
 */
export const readBody = (
  request: IncomingMessage,
  limits: BodyLimits,
  receiver: BodyReceiver,
): void => {
  if (Number(request.headers['content-length']) > limits.bytesMax) {
    receiver.bodyFailed(tooLarge(limits.bytesMax));
    return;
  }
  (request as ReadRequest)[reading] = new Reading(limits, receiver);
  request.on('data', pieceCame);
  request.on('end', ended);
  request.on('error', brokeOff);
};

/** A class in a field, and listeners that all requests share: a reading is made for each. */
class Reading {
  readonly #limits: BodyLimits;
  readonly #receiver: BodyReceiver;
  /** Most have one piece. */
  #first: Buffer | undefined;
  #others: Buffer[] | undefined;
  #bytes = 0;
  #isOver = false;

  constructor(limits: BodyLimits, receiver: BodyReceiver) {
    this.#limits = limits;
    this.#receiver = receiver;
  }

  take(piece: Buffer): void {
    if (this.#isOver) return;
    const { bytesMax, admit } = this.#limits;
    this.#bytes += piece.length;
    const refusal = this.#bytes > bytesMax ? tooLarge(bytesMax) : admit(piece.length);
    if (refusal !== undefined) this.fail(refusal);
    else if (this.#first === undefined) this.#first = piece;
    else {
      this.#others ??= [];
      this.#others.push(piece);
    }
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const first = this.#first ?? Buffer.alloc(0);
    this.#receiver.bodyRead(
      this.#others === undefined ? first : Buffer.concat([first, ...this.#others], this.#bytes),
    );
  }

  fail(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#first = undefined;
    this.#others = undefined;
    this.#receiver.bodyFailed(error);
  }
}

const reading = Symbol('the reading of the body');

interface ReadRequest extends IncomingMessage {
  [reading]?: Reading;
}

function pieceCame(this: ReadRequest, piece: Buffer): void {
  this[reading]!.take(piece);
}

function ended(this: ReadRequest): void {
  this[reading]!.end();
}

function brokeOff(this: ReadRequest): void {
  this[reading]!.fail(new MillraceError('ingest.request-invalid', 'The body broke off.'));
}

const tooLarge = (bytesMax: number): MillraceError =>
  new MillraceError('ingest.body-too-large', `A body may have ${bytesMax} bytes.`);
