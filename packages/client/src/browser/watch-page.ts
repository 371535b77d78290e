/**
 * A page on its way out: what waits is handed to the browser by `sendBeacon`, which outlives the page. Its answer is
 * seen by nobody, so the batch stays where it is, and is sent again under the same key if the page, or a later one
 * with the same store, goes on. And the network that comes back: pauses end.
 */
import { pathOf } from '../answer/send-batch.ts';
import type { Entry } from '../lane/entry.ts';
import type { Settings } from '../options.ts';
import type { WebPlatform } from './web-platform.ts';

/** What browsers take of beacons that are under way at once (Fetch, "keepalive"), bytes. */
const beaconBytesMax = 64 * 1024;

export interface PageOptions {
  readonly settings: Pick<Settings, 'url' | 'key'>;
  /** Cuts the open batches and gives all that have no end yet, oldest first. */
  readonly pending: () => readonly Entry[];
  readonly wake: () => void;
}

/** Listens until the answer is called. Does nothing where there is no page. */
export const watchPage = (platform: WebPlatform, options: PageOptions): (() => void) => {
  const { document, scope, sendBeacon } = platform;
  if (document === undefined || scope === undefined || sendBeacon === undefined)
    return () => undefined;
  const leave = () => beacon(sendBeacon, options);
  // A phone ends a page that it has hidden without another word: this is the last event that surely comes.
  const hide = () => {
    if (document.visibilityState === 'hidden') leave();
  };
  scope.addEventListener('pagehide', leave);
  scope.addEventListener('online', options.wake);
  document.addEventListener('visibilitychange', hide);
  return () => {
    scope.removeEventListener('pagehide', leave);
    scope.removeEventListener('online', options.wake);
    document.removeEventListener('visibilitychange', hide);
  };
};

const beacon = (
  sendBeacon: NonNullable<WebPlatform['sendBeacon']>,
  { settings, pending }: PageOptions,
): void => {
  let left = beaconBytesMax;
  for (const entry of pending()) {
    const { body, head, beaconed } = entry;
    if (body === undefined || beaconed || head.bytes > left) continue;
    // text/plain asks for no preflight, for which a closing page has no time.
    const taken = sendBeacon(
      beaconUrl(settings, head.stream, head.key),
      new Blob([body], { type: 'text/plain' }),
    );
    if (!taken) return;
    entry.beaconed = true;
    left -= head.bytes;
  }
};

/** A beacon carries no headers: what they would say is in the address. */
const beaconUrl = (
  { url, key }: PageOptions['settings'],
  stream: string,
  batch: string,
): string => {
  const query = new URLSearchParams({ 'idempotency-key': batch });
  if (typeof key === 'string') query.set('key', key);
  return `${url}${pathOf(stream)}?${query}`;
};
