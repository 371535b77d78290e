/** Bytes a second with a reserve of ten seconds' worth: what comes beyond is turned down at once. Token bucket. */
export interface ByteRate {
  /** False: nothing was taken. */
  take(bytes: number): boolean;
}

const reserveSeconds = 10;

export const createByteRate = (bytesPerSecond: number, nowMs: () => number): ByteRate => {
  const most = bytesPerSecond * reserveSeconds;
  let left = most;
  let atMs = nowMs();
  return {
    take: (bytes) => {
      const now = nowMs();
      left = Math.min(most, left + ((now - atMs) / 1000) * bytesPerSecond);
      atMs = now;
      if (bytes > left) return false;
      left -= bytes;
      return true;
    },
  };
};
