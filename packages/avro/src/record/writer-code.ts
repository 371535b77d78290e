import type avro from 'avsc';
import { kindOf } from './read-plan.ts';
import { isLong, putBytes, putInt, putLong, putRaw, putText } from './write-values.ts';

/**
 * JavaScript that writes values of a type and refuses what is none, in one pass. As in `reader-code.ts`, names
 * of a schema appear only as JSON strings.
 */
export type MadeWriter = (value: unknown, buffer: Buffer, at: number) => number;

/** Thrown by a made writer for a value that does not fit: what is wrong is found out afterwards. */
export const MISFIT = Symbol('a value that does not fit its type');

interface Source {
  readonly names: Map<avro.Type, string>;
  readonly functions: string[];
  readonly constants: Map<string, unknown>;
  variables: number;
}

/** Makes the writer of a record; it returns NO_ROOM and throws MISFIT. */
export const makeWriter = (type: avro.types.RecordType): MadeWriter => {
  const runtime = { isLong, putBytes, putInt, putLong, putRaw, putText, MISFIT };
  const source: Source = {
    names: new Map(),
    functions: [],
    constants: new Map<string, unknown>(Object.entries(runtime)),
    variables: 0,
  };
  const entry = recordFunction(source, type);
  const text = `'use strict';\n${source.functions.join('\n')}\nreturn ${entry};`;
  return new Function(...source.constants.keys(), text)(...source.constants.values()) as MadeWriter;
};

const recordFunction = (source: Source, type: avro.types.RecordType): string => {
  const known = source.names.get(type);
  if (known !== undefined) return known;
  const name = `write${source.names.size}`;
  // Its name comes before its text: a record may hold itself.
  source.names.set(type, name);
  const fields = type.fields.map((field) => {
    const value = variable(source);
    const written = write(source, field.type, value);
    const fallback = field.defaultValue();
    const take = `const ${value} = value[${JSON.stringify(field.name)}];`;
    if (fallback === undefined) return `${take}\n${written}`;
    const bytes = constant(source, field.type.toBuffer(fallback));
    return `${take}\nif (${value} === undefined) { ${put('putRaw', bytes)} } else { ${written} }`;
  });
  source.functions.push(
    `function ${name}(value, b, at) {\n${orMisfit("typeof value === 'object' && value !== null")}\n${fields.join('\n')}\nreturn at;\n}`,
  );
  return name;
};

const variable = (source: Source): string => {
  source.variables += 1;
  return `v${source.variables}`;
};

const constant = (source: Source, value: unknown): string => {
  const name = `c${source.constants.size}`;
  source.constants.set(name, value);
  return name;
};

const orMisfit = (condition: string): string => `if (!(${condition})) throw MISFIT;`;

const room = (bytes: number): string => `if (at + ${bytes} > b.length) return -1;`;

/** A call of the runtime that may find no room. */
const put = (by: string, value: string): string =>
  `at = ${by}(b, at, ${value}); if (at < 0) return -1;`;

/** A bigint or a symbol must not come to the operator, which throws for it. */
const isInt = (value: string): string =>
  `typeof ${value} === 'number' && ${value} === (${value} | 0)`;

/** Whether `value` is of the type, as far as it can be told without looking inside. */
const fits = (source: Source, type: avro.Type, value: string): string => {
  switch (kindOf(type)) {
    case 'null':
      return `${value} === null`;
    case 'boolean':
      return `typeof ${value} === 'boolean'`;
    case 'int':
      return isInt(value);
    case 'long':
      return `isLong(${value})`;
    case 'float':
    case 'double':
      return `typeof ${value} === 'number'`;
    case 'string':
      return `typeof ${value} === 'string'`;
    case 'bytes':
      return `${value} instanceof Uint8Array`;
    case 'fixed':
      return `${value} instanceof Uint8Array && ${value}.length === ${(type as avro.types.FixedType).size}`;
    case 'enum':
      return `${indexes(source, type as avro.types.EnumType)}.has(${value})`;
    case 'array':
      return `Array.isArray(${value})`;
    default:
      return `typeof ${value} === 'object' && ${value} !== null && !Array.isArray(${value})`;
  }
};

const indexes = (source: Source, { symbols }: avro.types.EnumType): string =>
  constant(source, new Map(symbols.map((symbol, index) => [symbol, index])));

/** Statements that write `value`, which fits, at `at`. */
const writeFitting = (source: Source, type: avro.Type, value: string): string => {
  switch (kindOf(type)) {
    case 'null':
      return '';
    case 'boolean':
      return `${room(1)} b[at++] = ${value} ? 1 : 0;`;
    case 'int':
      return `${room(5)} at = putInt(b, at, ${value});`;
    case 'long':
      return `${room(10)} at = putLong(b, at, ${value});`;
    case 'float':
      return `${room(4)} at = b.writeFloatLE(${value}, at);`;
    case 'double':
      return `${room(8)} at = b.writeDoubleLE(${value}, at);`;
    case 'string':
      return put('putText', value);
    case 'bytes':
      return put('putBytes', value);
    case 'fixed':
      return put('putRaw', value);
    case 'enum':
      return `${room(5)} at = putInt(b, at, ${indexes(source, type as avro.types.EnumType)}.get(${value}));`;
    case 'array':
      return writeArray(source, (type as avro.types.ArrayType).itemsType, value);
    case 'map':
      return writeMap(source, (type as avro.types.MapType).valuesType, value);
    default: {
      const name = recordFunction(source, type as avro.types.RecordType);
      return `at = ${name}(${value}, b, at); if (at < 0) return -1;`;
    }
  }
};

/** Statements that write `value` or throw. */
const write = (source: Source, type: avro.Type, value: string): string => {
  switch (kindOf(type)) {
    case 'union:unwrapped':
      return writeUnion(source, type as avro.types.UnwrappedUnionType, value);
    case 'union:wrapped':
      return writeWrapped(source, type as avro.types.WrappedUnionType, value);
    case 'long':
      // Most longs are small.
      return `${room(10)} if (${isInt(value)}) at = putInt(b, at, ${value});
      else if (isLong(${value})) at = putLong(b, at, ${value}); else throw MISFIT;`;
    default:
      return `${orMisfit(fits(source, type, value))} ${writeFitting(source, type, value)}`;
  }
};

/** Objects come last, since bytes are objects, too. */
const writeUnion = (
  source: Source,
  { types }: avro.types.UnwrappedUnionType,
  value: string,
): string => {
  const branches = types.map((type, index) => ({ type, index }));
  const isObject = (type: avro.Type) => ['record', 'map'].includes(kindOf(type));
  const ordered = [
    ...branches.filter(({ type }) => !isObject(type)),
    ...branches.filter(({ type }) => isObject(type)),
  ];
  const tests = ordered.map(
    ({ type, index }) =>
      `if (${fits(source, type, value)}) { ${room(5)} at = putInt(b, at, ${index}); ${writeFitting(source, type, value)} }`,
  );
  return `${tests.join('\nelse ')}\nelse throw MISFIT;`;
};

/** A value in its wrap, `{ [branchName]: value }`; null has none. */
const writeWrapped = (
  source: Source,
  { types }: avro.types.WrappedUnionType,
  value: string,
): string => {
  const nullIndex = types.findIndex((type) => kindOf(type) === 'null');
  const [names, inner] = [variable(source), variable(source)];
  const cases = types.map(
    (type, index) => `case ${JSON.stringify(type.branchName)}: {
      const ${inner} = ${value}[${names}[0]];
      ${room(5)} at = putInt(b, at, ${index}); ${write(source, type, inner)} break; }`,
  );
  return `if (${value} === null) { ${nullIndex < 0 ? 'throw MISFIT;' : `${room(5)} at = putInt(b, at, ${nullIndex});`} }
  else {
    ${orMisfit(`typeof ${value} === 'object'`)}
    const ${names} = Object.keys(${value}); ${orMisfit(`${names}.length === 1`)}
    switch (${names}[0]) { ${cases.join('\n')} default: throw MISFIT; }
  }`;
};

const writeArray = (source: Source, items: avro.Type, value: string): string => {
  const [index, item] = [variable(source), variable(source)];
  return `${room(10)} if (${value}.length > 0) { at = putInt(b, at, ${value}.length);
    for (let ${index} = 0; ${index} < ${value}.length; ${index} += 1) {
      const ${item} = ${value}[${index}]; ${write(source, items, item)}
    } }
  ${room(1)} b[at++] = 0;`;
};

const writeMap = (source: Source, values: avro.Type, value: string): string => {
  const [names, index, item] = [variable(source), variable(source), variable(source)];
  return `const ${names} = Object.keys(${value}); ${room(10)}
  if (${names}.length > 0) { at = putInt(b, at, ${names}.length);
    for (let ${index} = 0; ${index} < ${names}.length; ${index} += 1) {
      ${put('putText', `${names}[${index}]`)}
      const ${item} = ${value}[${names}[${index}]]; ${write(source, values, item)}
    } }
  ${room(1)} b[at++] = 0;`;
};
