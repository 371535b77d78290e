/** One attempt to hand one batch to the door over HTTP. What follows from its outcome is lane/deliver.ts. */
import type { Batch } from '../batch/batch.ts';
import type { Settings } from '../options.ts';
import { type Outcome, readAnswer } from './read-answer.ts';

/** Sends the batch once. Never rejects: no answer is an outcome, too. */
export type SendBatch = (batch: Batch, signal: AbortSignal) => Promise<Outcome>;

/** Bodies are gzipped from `gzipBytesMin` on, until the door says that it does not read that. */
export const createSendBatch = (settings: Settings): SendBatch => {
  let gzips = typeof CompressionStream === 'function';
  return async (batch, signal) => {
    const gzipped = gzips && batch.bytes >= settings.gzipBytesMin;
    const attempt = boundAttempt(settings.attemptTimeoutMs, signal);
    let open = false;
    try {
      const headers = {
        'content-type': 'application/x-ndjson',
        'idempotency-key': batch.key,
        ...(gzipped ? { 'content-encoding': 'gzip' } : {}),
        ...(await authorization(settings)),
      };
      const body = gzipped ? await gzip(batch.body) : batch.body;
      open = true;
      const response = await settings.fetch(settings.url + pathOf(batch.stream), {
        method: 'POST',
        headers,
        body,
        signal: attempt.signal,
      });
      const text = await response.text();
      const retryAfter = response.headers.get('retry-after');
      const nowMs = settings.clock.nowMs();
      const outcome = readAnswer(response.status, retryAfter, text, batch.events, nowMs);
      if (outcome.kind === 'no-gzip') gzips = false;
      return outcome;
    } catch (error) {
      return { kind: 'failed', cause: causeOf(error), open };
    } finally {
      attempt.done();
    }
  };
};

/** Where events of a stream go: `/v1/events/<domain>/<name>`. */
export const pathOf = (stream: string): string => {
  const dot = stream.indexOf('.');
  const [domain, name] = [stream.slice(0, dot), stream.slice(dot + 1)];
  return `/v1/events/${encodeURIComponent(domain)}/${encodeURIComponent(name)}`;
};

/** A signal for one attempt; unlike `AbortSignal.any` it leaves nothing behind on the one that lives on. */
const boundAttempt = (timeoutMs: number, stopped: AbortSignal) => {
  const controller = new AbortController();
  const stop = () => controller.abort(stopped.reason);
  const late = () => controller.abort(new Error(`no answer within ${timeoutMs} ms`));
  const timer = setTimeout(late, timeoutMs);
  stopped.addEventListener('abort', stop, { once: true });
  if (stopped.aborted) stop();
  return {
    signal: controller.signal,
    done: () => {
      clearTimeout(timer);
      stopped.removeEventListener('abort', stop);
    },
  };
};

const authorization = async ({ key }: Settings): Promise<Record<string, string>> => {
  const text = typeof key === 'function' ? await key() : key;
  return text === undefined ? {} : { authorization: `Bearer ${text}` };
};

const gzip = (text: string): Promise<ArrayBuffer> => {
  const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Response(packed).arrayBuffer();
};

/** `fetch failed` says nothing; what it wraps does. */
const causeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
};
