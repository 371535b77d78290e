/** Pieces of TypeScript text that every generated file shares. */

/** The name of a record's type: `flights.route_delay` becomes `FlightsRouteDelay`. */
export const typeName = (fullName: string): string =>
  fullName
    .split(/[._]/)
    .map((part) => `${part.charAt(0).toUpperCase()}${part.slice(1)}`)
    .join('');

/** A type as an element of an array. */
export const parenthesised = (text: string): string => (text.includes(' | ') ? `(${text})` : text);

/** A comment of the parts that there are, on a line of its own; nothing when there are none. */
export const comment = (parts: readonly (string | undefined)[], indent: string): string => {
  const text = parts.filter((part) => part !== undefined && part !== '').join(' ');
  return text === '' ? '' : `${indent}/** ${text.replaceAll('*/', '* /')} */\n`;
};
