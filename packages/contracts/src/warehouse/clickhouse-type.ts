/**
 * ClickHouse type expressions as a tree, so that types are compared by meaning and not by spelling.
 * Knows the grammar and the decimal aliases; which types fit which Avro node is check-column.ts.
 */
export interface ClickHouseType {
  readonly name: string;
  /** Element name, for the members of a named Tuple. */
  readonly label?: string;
  readonly args: readonly (ClickHouseType | string)[];
}

const decimalAliases: Readonly<Record<string, number>> = {
  Decimal32: 9,
  Decimal64: 18,
  Decimal128: 38,
  Decimal256: 76,
};

const splitArguments = (text: string): readonly string[] => {
  const parts: string[] = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted && character === '\\') at += 1;
    else if (character === "'") quoted = !quoted;
    else if (!quoted && character === '(') depth += 1;
    else if (!quoted && character === ')') depth -= 1;
    else if (!quoted && depth === 0 && character === ',') {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
};

const typePattern = /^([A-Za-z][A-Za-z0-9_]*)(?:\s*\((.*)\))?$/s;
const literalPattern = /^(?:'(?:[^'\\]|\\.)*'(?:\s*=\s*-?\d+)?|-?\d+)$/s;
const labelledPattern = /^(?:`([^`]+)`|([A-Za-z_][A-Za-z0-9_]*))\s+(.+)$/s;

const parseArgument = (text: string): ClickHouseType | string | undefined => {
  if (literalPattern.test(text)) return text;
  const labelled = labelledPattern.exec(text);
  if (labelled === null) return parseClickHouseType(text);
  const type = parseClickHouseType(labelled[3] ?? '');
  return type === undefined ? undefined : { ...type, label: labelled[1] ?? labelled[2] ?? '' };
};

/** Parses a type expression; `undefined` when it is not one. */
export const parseClickHouseType = (text: string): ClickHouseType | undefined => {
  const match = typePattern.exec(text.trim());
  const name = match?.[1];
  if (name === undefined) return undefined;
  const inside = match?.[2];
  const args = inside === undefined ? [] : splitArguments(inside).map(parseArgument);
  if (args.some((argument) => argument === undefined)) return undefined;
  const known = args as (ClickHouseType | string)[];
  const precision = decimalAliases[name];
  if (precision === undefined) return { name, args: known };
  return { name: 'Decimal', args: [String(precision), ...known] };
};

/** One spelling for each type: the server's. */
export const formatClickHouseType = (type: ClickHouseType): string => {
  const args = type.args.map((argument) =>
    typeof argument === 'string' ? argument : formatClickHouseType(argument),
  );
  const text = args.length === 0 ? type.name : `${type.name}(${args.join(', ')})`;
  return type.label === undefined ? text : `${type.label} ${text}`;
};

/** True when both texts name the same type. */
export const sameClickHouseType = (left: string, right: string): boolean => {
  const [a, b] = [parseClickHouseType(left), parseClickHouseType(right)];
  if (a === undefined || b === undefined) return left === right;
  return formatClickHouseType(a) === formatClickHouseType(b);
};

/** The type inside `wrapper(…)`, or `undefined` when it is another type. */
export const unwrapType = (type: ClickHouseType, wrapper: string): ClickHouseType | undefined => {
  const inner = type.name === wrapper ? type.args[0] : undefined;
  return typeof inner === 'object' ? inner : undefined;
};

/** True for `Nullable(T)` and `LowCardinality(Nullable(T))`. */
export const isNullableType = (type: ClickHouseType): boolean => {
  const bare = unwrapType(type, 'LowCardinality') ?? type;
  return bare.name === 'Nullable';
};

/** The type without LowCardinality and Nullable. */
export const bareType = (type: ClickHouseType): ClickHouseType => {
  const inner = unwrapType(type, 'LowCardinality') ?? type;
  return unwrapType(inner, 'Nullable') ?? inner;
};
