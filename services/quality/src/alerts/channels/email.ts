/** Mail by SMTP, plain text. One connection a mail: they are few. */
import { createTransport } from 'nodemailer';
import { notificationText } from '../notification.ts';
import { type Channel, notificationFailed, sendTimeoutMs } from './channel.ts';

export interface EmailOptions {
  /** `smtp://user:password@host:port`, `smtps://…`. */
  readonly smtp: string;
  readonly from: string;
  readonly to: readonly string[];
}

export const emailChannel = (name: string, { smtp, from, to }: EmailOptions): Channel => {
  const transport = createTransport(smtp, {});
  Object.assign(transport.options, {
    ...{ connectionTimeout: sendTimeoutMs, greetingTimeout: sendTimeoutMs },
    socketTimeout: sendTimeoutMs,
  });
  return {
    name,
    send: async (notification) => {
      try {
        await transport.sendMail({
          ...{ from, to: [...to], subject: notification.title },
          text: notificationText(notification),
          // the same mail at every try, so that servers drop what they have
          messageId: `<${notification.id}@millrace>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
        });
      } catch (error) {
        const { code = 'failed', responseCode = 0 } = error as {
          code?: string;
          responseCode?: number;
        };
        // 5xx: the server will not take it later either; the server's words may quote addresses
        throw notificationFailed(name, `SMTP ${responseCode || code}`, responseCode < 500);
      }
    },
    close: () => transport.close(),
  };
};
