import {
  copyBytes,
  type DatumCursor,
  invalidDatum,
  readBigLong,
  readCount,
  readInt,
  readLength,
  readLong,
  readNumberLong,
  setEntry,
  skipLong,
} from './datum-cursor.ts';
import type { ReadPlan, RecordPlan, ResultField } from './read-plan.ts';
import { readText } from './short-text.ts';

/**
 * JavaScript of a reading plan. Made code beats closures by the field, since an engine sees through neither
 * a loop over readers nor an object filled by computed names: here it is one function a record and one
 * literal an object. Names of a schema appear only as JSON strings, values only as constants passed in.
 */
export type Longs = 'exact' | 'number' | 'bigint';

/** Reads the record at the cursor and moves it behind. */
export type MadeReader = (bytes: Buffer, end: number) => Record<string, unknown>;

export interface ReaderCode {
  readonly cursor: DatumCursor;
  readonly longs: Longs;
  /** Makes the value of a field that the writer did not write, anew for each record. */
  readonly defaultOf: (field: MissingField) => () => unknown;
}

export type MissingField = Extract<ResultField, { missing: unknown }>;

interface Source extends ReaderCode {
  readonly numbers: Map<RecordPlan, number>;
  readonly functions: Map<string, string>;
  readonly constants: Map<string, unknown>;
  variables: number;
}

const runtime = {
  copyBytes,
  invalidDatum,
  readBigLong,
  readCount,
  readInt,
  readLength,
  readLong,
  readNumberLong,
  readText,
  setEntry,
  skipLong,
};

/** Makes the reader of a plan. */
export const makeReader = (plan: RecordPlan, code: ReaderCode): MadeReader => {
  const source: Source = {
    ...code,
    numbers: new Map(),
    functions: new Map(),
    constants: new Map<string, unknown>([...Object.entries(runtime), ['cursor', code.cursor]]),
    variables: 0,
  };
  const entry = recordFunction(source, plan, 'read');
  const text = `'use strict';\n${[...source.functions.values()].join('\n')}\nreturn ${entry};`;
  const make = new Function(...source.constants.keys(), text);
  return make(...source.constants.values()) as MadeReader;
};

/** The name of the function that reads a record or passes over it; made when first asked for. */
const recordFunction = (source: Source, plan: RecordPlan, verb: 'read' | 'skip'): string => {
  const number = source.numbers.get(plan) ?? source.numbers.size;
  source.numbers.set(plan, number);
  const name = `${verb}${number}`;
  if (source.functions.has(name)) return name;
  // The name comes before the text: a record may hold itself.
  source.functions.set(name, '');
  const body = verb === 'read' ? readBody(source, plan) : skipBody(source, plan);
  source.functions.set(
    name,
    `function ${name}(b, end) { let at = cursor.at; let first = 0;\n${body}\n}`,
  );
  return name;
};

const skipBody = (source: Source, plan: RecordPlan): string =>
  `${plan.written.map(({ type }) => skip(source, type)).join('\n')} cursor.at = at;`;

const readBody = (source: Source, plan: RecordPlan): string => {
  const slots = plan.results.flatMap((result) => ('slot' in result ? [`s${result.slot}`] : []));
  const declared = slots.length === 0 ? '' : `let ${slots.join(', ')};\n`;
  const steps = plan.written.map(({ type, targets }) =>
    targets.length === 0 ? skip(source, type) : readForEach(source, targets),
  );
  const members = plan.results.map((result) => {
    // In brackets, a field named __proto__ is a property like any other.
    const name = JSON.stringify(result.name);
    const key = result.name === '__proto__' ? `[${name}]` : name;
    return `${key}: ${'slot' in result ? `s${result.slot}` : defaultValue(source, result)}`;
  });
  return `${declared}${steps.join('\n')}\ncursor.at = at; return { ${members.join(', ')} };`;
};

/** Nearly always one; two fields of a reader may name the same written one as their alias. */
const readForEach = (source: Source, targets: RecordPlan['written'][number]['targets']): string => {
  if (targets.length === 1) return read(source, targets[0]!.plan, `s${targets[0]!.slot}`);
  const from = variable(source);
  return `const ${from} = at;\n${targets
    .map(({ slot, plan }) => `at = ${from}; ${read(source, plan, `s${slot}`)}`)
    .join('\n')}`;
};

const defaultValue = (source: Source, field: MissingField): string =>
  `${constant(source, source.defaultOf(field))}()`;

const variable = (source: Source): string => {
  source.variables += 1;
  return `v${source.variables}`;
};

const constant = (source: Source, value: unknown): string => {
  const name = `c${source.constants.size}`;
  source.constants.set(name, value);
  return name;
};

/** A varint into `target`: its one-byte case in place, any longer one by a function of the runtime. */
const readVarint = (target: string, longer: string): string =>
  `first = b[at++]; if (first < 0x80) ${target} = (first >>> 1) ^ -(first & 1);
  else { cursor.at = at; ${target} = ${longer}(cursor, b, first); at = cursor.at; }`;

const readLongInto = (source: Source, target: string): string => {
  if (source.longs === 'exact') return readVarint(target, 'readLong');
  if (source.longs === 'number') return readVarint(target, 'readNumberLong');
  return `first = b[at++]; cursor.at = at; ${target} = readBigLong(cursor, b, first); at = cursor.at;`;
};

/** Declares `name` as the length of what follows, which ends before the datum does. */
const readLengthInto = (name: string): string =>
  `let ${name}; first = b[at++];
  if (first < 0x80 && (first & 1) === 0 && (first >>> 1) <= end - at) ${name} = first >>> 1;
  else { cursor.at = at; ${name} = readLength(cursor, b, first, end); at = cursor.at; }`;

/** Statements that assign the next value to `target`. */
const read = (source: Source, plan: ReadPlan, target: string): string => {
  switch (plan.kind) {
    case 'null':
      return `${target} = null;`;
    case 'boolean':
      return `first = b[at++]; if (first > 1) throw invalidDatum('a boolean of another value'); ${target} = first === 1;`;
    case 'int': {
      const asBig = plan.as === 'long' && source.longs === 'bigint';
      return `${readVarint(target, 'readInt')}${asBig ? ` ${target} = BigInt(${target});` : ''}`;
    }
    case 'long':
      return plan.as === 'double'
        ? `${readVarint(target, 'readLong')} ${target} = Number(${target});`
        : readLongInto(source, target);
    case 'float':
      return `${target} = b.readFloatLE(at); at += 4;`;
    case 'double':
      return `${target} = b.readDoubleLE(at); at += 8;`;
    case 'fixed':
      return `if (end - at < ${plan.size}) throw invalidDatum('truncated'); ${target} = copyBytes(b, at, ${plan.size}); at += ${plan.size};`;
    case 'string':
    case 'bytes': {
      const length = variable(source);
      const make = plan.kind === 'string' ? 'readText' : 'copyBytes';
      return `${readLengthInto(length)} ${target} = ${make}(b, at, ${length}); at += ${length};`;
    }
    case 'enum': {
      const symbols = constant(source, plan.symbols);
      return `${readVarint(target, 'readInt')} ${target} = ${symbols}[${target}];
      if (${target} === undefined) throw invalidDatum('an enum index without a symbol');`;
    }
    case 'union':
      return readUnion(source, plan.branches, (branch) => read(source, branch, target));
    case 'wrapped': {
      const inner = variable(source);
      return `let ${inner}; ${read(source, plan.value, inner)} ${target} = { ${JSON.stringify(plan.branchName)}: ${inner} };`;
    }
    case 'array': {
      const [list, item] = [variable(source), variable(source)];
      const push = `let ${item}; ${read(source, plan.items, item)} ${list}.push(${item});`;
      return `const ${list} = []; ${readBlocks(source, push)} ${target} = ${list};`;
    }
    case 'map': {
      const [map, key, value] = [variable(source), variable(source), variable(source)];
      const set = `let ${key}, ${value}; ${read(source, { kind: 'string' }, key)}
      ${read(source, plan.values, value)} setEntry(${map}, ${key}, ${value});`;
      return `const ${map} = {}; ${readBlocks(source, set)} ${target} = ${map};`;
    }
    case 'record': {
      const name = recordFunction(source, plan, 'read');
      return `cursor.at = at; ${target} = ${name}(b, end); at = cursor.at;`;
    }
  }
};

/** Statements that pass over the next value, as strict as reading it and without making it. */
const skip = (source: Source, plan: ReadPlan): string => {
  switch (plan.kind) {
    case 'long':
      return 'if (b[at++] > 0x7f) at = skipLong(b, at);';
    case 'float':
      return 'at += 4;';
    case 'double':
      return 'at += 8;';
    case 'fixed':
      return `at += ${plan.size};`;
    case 'string':
    case 'bytes': {
      const length = variable(source);
      return `${readLengthInto(length)} at += ${length};`;
    }
    case 'union':
      return readUnion(source, plan.branches, (branch) => skip(source, branch));
    case 'wrapped':
      return skip(source, plan.value);
    case 'array':
      return readBlocks(source, skip(source, plan.items));
    case 'map':
      return readBlocks(source, `${skip(source, { kind: 'string' })} ${skip(source, plan.values)}`);
    case 'record':
      return `cursor.at = at; ${recordFunction(source, plan, 'skip')}(b, end); at = cursor.at;`;
    default:
      return `{ let skipped; ${read(source, plan, 'skipped')} }`;
  }
};

const readUnion = (
  source: Source,
  branches: readonly ReadPlan[],
  step: (branch: ReadPlan) => string,
): string => {
  const index = variable(source);
  const cases = branches.map((branch, number) => `case ${number}: { ${step(branch)} break; }`);
  return `let ${index}; ${readVarint(index, 'readInt')}
  switch (${index}) { ${cases.join('\n')} default: throw invalidDatum('a union index without a branch'); }`;
};

/**
 * Blocks of items until an empty one; a negative count is followed by the block's size in bytes, which has to be
 * true. No more items than bytes are taken: only items without bytes could be so many, and nobody sends those.
 */
const readBlocks = (source: Source, item: string): string => {
  const [left, count, blockEnd] = [variable(source), variable(source), variable(source)];
  return `for (let ${left} = end - at; ; ) {
    first = b[at++]; cursor.at = at; let ${count} = readCount(cursor, b, first, ${left}); at = cursor.at;
    if (${count} === 0) break;
    let ${blockEnd} = -1;
    if (${count} < 0) {
      ${count} = -${count};
      first = b[at++]; cursor.at = at; ${blockEnd} = readLength(cursor, b, first, end); at = cursor.at;
      ${blockEnd} += at;
    }
    ${left} -= ${count};
    for (; ${count} > 0; ${count} -= 1) { ${item} }
    if (${blockEnd} !== -1 && at !== ${blockEnd}) throw invalidDatum('a block of another size');
  }`;
};
