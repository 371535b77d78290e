/**
 * Records that came after some, but not all, of their windows had closed. Of a key they are kept apart by the
 * first window that takes them, under a key of both.
 */
export const laggardKey = (firstStartMs: number, key: string): string => `${firstStartMs} ${key}`;

export const ofLaggardKey = (laggard: string): { firstStartMs: number; key: string } => {
  const space = laggard.indexOf(' ');
  return { firstStartMs: Number(laggard.slice(0, space)), key: laggard.slice(space + 1) };
};
