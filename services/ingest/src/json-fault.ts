/**
 * Where and how a text breaks JSON's grammar, said with line and column from 1, whatever the engine's own
 * message looks like.
 */
export const jsonFault = (text: string, error: unknown, lineNumber?: number): string => {
  const message = error instanceof Error ? error.message : String(error);
  const position = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
  const before = text.slice(0, position);
  const line = lineNumber ?? before.split('\n').length;
  const column = position - before.lastIndexOf('\n');
  return `Line ${line}, column ${column}: ${reason(message)}.`;
};

/** The engine's message without its place, and without the text that it quotes around it. */
const reason = (message: string): string =>
  message
    .replace(/,? ?"?(\.\.\.)?".*is not valid JSON$/s, '')
    .replace(/ in JSON at position .*$/s, '')
    .replace(/ at position .*$/s, '');
