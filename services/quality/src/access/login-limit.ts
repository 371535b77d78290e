/** How often a client may fail to log in: ten times at once, then once in six seconds. Tokens cannot be guessed; logs can be filled. */
const failuresMax = 10;
const windowMs = 60_000;
/** Clients that are remembered; beyond it the oldest is forgotten. */
const clientsMax = 10_000;

export interface LoginLimit {
  /** Seconds that the client waits before the next try; 0: none. */
  waitSeconds(client: string, nowMs: number): number;
  failed(client: string, nowMs: number): void;
}

/** A leaking bucket a client: each failure fills it, time empties it. */
export const createLoginLimit = (): LoginLimit => {
  const fills = new Map<string, { readonly level: number; readonly atMs: number }>();
  const levelOf = (client: string, nowMs: number): number => {
    const fill = fills.get(client);
    if (fill === undefined) return 0;
    return Math.max(0, fill.level - ((nowMs - fill.atMs) / windowMs) * failuresMax);
  };
  return {
    waitSeconds: (client, nowMs) => {
      const surplus = levelOf(client, nowMs) - (failuresMax - 1);
      return surplus <= 0 ? 0 : Math.ceil((surplus / failuresMax) * (windowMs / 1000));
    },
    failed: (client, nowMs) => {
      const level = Math.min(failuresMax, levelOf(client, nowMs)) + 1;
      fills.delete(client);
      const oldest = fills.keys().next().value;
      if (fills.size >= clientsMax && oldest !== undefined) fills.delete(oldest);
      fills.set(client, { level, atMs: nowMs });
    },
  };
};
