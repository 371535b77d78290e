/**
 * Where and how a text breaks JSON's grammar, said with line and column from 1. The engine gives a position in
 * some of its messages only; for the others it is searched.
 */
export const jsonFault = (text: string, error: unknown, lineNumber?: number): string => {
  const message = error instanceof Error ? error.message : String(error);
  const position = positionOf(text, message);
  if (position === undefined) return `${reason(message)}.`;
  const before = text.slice(0, position);
  const line = lineNumber ?? before.split('\n').length;
  const column = position - before.lastIndexOf('\n');
  return `Line ${line}, column ${column}: ${reason(message)}.`;
};

const unexpectedToken = /is not valid JSON$/;

/** The search parses some twenty beginnings of the text; above this size that would hold up other requests. */
const searchedCharsMax = 1024 * 1024;

const positionOf = (text: string, message: string): number | undefined => {
  const given = /at position (\d+)/.exec(message)?.[1];
  if (given !== undefined) return Number(given);
  if (!unexpectedToken.test(message)) return text.length;
  return text.length > searchedCharsMax ? undefined : searchUnexpectedToken(text);
};

/** The shortest beginning that has the unexpected token ends with it. */
const searchUnexpectedToken = (text: string): number => {
  let without = 0;
  let having = text.length;
  while (having - without > 1) {
    const middle = (without + having) >>> 1;
    if (hasUnexpectedToken(text.slice(0, middle))) having = middle;
    else without = middle;
  }
  return having - 1;
};

const hasUnexpectedToken = (text: string): boolean => {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return error instanceof Error && unexpectedToken.test(error.message);
  }
};

/** The engine's message without its place, and without the text that it quotes around it. */
const reason = (message: string): string =>
  message
    .replace(/,? ?"?(\.\.\.)?".*is not valid JSON$/s, '')
    .replace(/ in JSON at position .*$/s, '')
    .replace(/ at position .*$/s, '');
