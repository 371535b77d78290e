/**
 * Our own JSON to any address, signed: `X-Millrace-Signature: sha256=<hex>` is HMAC-SHA256 over `<timestamp>.<body>`, the
 * timestamp (seconds) is in `X-Millrace-Timestamp`; `X-Millrace-Delivery` is the same for every try.
 */
import { createHmac } from 'node:crypto';
import { type Channel, post } from './channel.ts';

export interface WebhookOptions {
  readonly url: string;
  readonly secret?: string | undefined;
}

export const webhookChannel = (name: string, { url, secret }: WebhookOptions): Channel => ({
  name,
  send: async (notification, signal) => {
    const body = JSON.stringify({ version: 1, ...notification });
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature =
      secret && createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    await post(
      ...([name, url, body] as const),
      {
        'x-millrace-delivery': notification.id,
        'x-millrace-timestamp': timestamp,
        ...(signature && { 'x-millrace-signature': `sha256=${signature}` }),
      },
      signal,
    );
  },
});
