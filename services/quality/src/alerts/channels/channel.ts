/** A way to tell people. It tries once; who tries again is delivery-queue.ts. */
import { MillraceError } from '@millrace/contracts';
import type { AlertRecord } from '../alert-record.ts';
import type { Notification } from '../notification.ts';

export interface Channel {
  readonly name: string;
  /** Rejects with `operations.notification-failed`; retryable when the other side may take it later. */
  send(notification: Notification, signal: AbortSignal): Promise<void>;
  /** For a channel that wants all that is open, again and again, in place of changes: how often, and the call. */
  readonly standing?: {
    readonly everyMs: number;
    send(open: readonly AlertRecord[], signal: AbortSignal): Promise<void>;
  };
  close?(): void;
}

export const sendTimeoutMs = 10_000;

export const notificationFailed = (channel: string, why: string, retryable = true) =>
  new MillraceError('operations.notification-failed', `${channel}: ${why}`, { retryable });

/** One POST; the answer's body is nobody's. Addresses hold secrets, so no message names one. */
export const post = async (
  channel: string,
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(sendTimeoutMs)]),
  }).catch((error: unknown) => {
    const why =
      error instanceof Error && error.name === 'TimeoutError' ? 'no answer' : 'unreachable';
    throw notificationFailed(channel, why);
  });
  await response.body?.cancel();
  if (response.ok) return;
  const { status } = response;
  const isTemporary = status >= 500 || status === 408 || status === 429;
  throw notificationFailed(channel, `HTTP ${status}`, isTemporary);
};
