/**
 * What an adapter may ask of a logger; pino satisfies it. Adapters take one as an argument and never
 * construct one. WARN means no data was lost and the platform recovers by itself; ERROR needs a person.
 * A row's content never reaches a log line.
 */
export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

/** A logger that says nothing: the default where a caller gives none. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
