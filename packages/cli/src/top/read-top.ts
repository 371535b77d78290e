/** What `millrace top` shows, asked of the quality service: each part by itself, so that one that is away hides no other. */
import { MillraceError } from '@millrace/contracts';
import type { AlertReport, HealthReport, LagReport, OperationsClient } from '@millrace/operations';

/** An answer, or why there is none. */
export type Asked<T> = { readonly answer: T } | { readonly code: string; readonly message: string };

export interface TopSight {
  readonly atMs: number;
  readonly streams: Asked<HealthReport>;
  readonly lag: Asked<LagReport>;
  readonly alerts: Asked<AlertReport>;
}

/** Never rejects for what the service tells; a bug does. */
export const readTop = async (client: OperationsClient, nowMs: number): Promise<TopSight> => {
  const ask = async <T>(path: string): Promise<Asked<T>> => {
    try {
      return { answer: await client.get<T>(path) };
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      return { code: error.code, message: error.message };
    }
  };
  const [streams, lag, alerts] = await Promise.all([
    ask<HealthReport>('/streams'),
    ask<LagReport>('/lag'),
    ask<AlertReport>('/alerts'),
  ]);
  return { atMs: nowMs, streams, lag, alerts };
};

/** Why nothing of it is there; undefined when something is. */
export const failureOf = ({ streams, lag, alerts }: TopSight): string | undefined => {
  const all = [streams, lag, alerts];
  const [first] = all.flatMap((one) => ('answer' in one ? [] : [one]));
  return first !== undefined && all.every((one) => !('answer' in one)) ? first.message : undefined;
};
