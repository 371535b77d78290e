/** One file under `sources/` as a declaration, or what is wrong with it, each with its line. It opens nothing. */
import {
  type Contract,
  type ContractProblem,
  MillraceError,
  nearestWord,
} from '@millrace/contracts';
import { type Document, isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { compileMapping } from '../mapping/compile-mapping.ts';
import { checkTimeFormat } from '../mapping/time-text.ts';
import {
  type PlaceDeclaration,
  type PlaceKind,
  placeSchemas,
  type SourceDeclaration,
  sourceSchema,
} from './source-declaration.ts';

export type SourceReading =
  | { readonly source: SourceDeclaration }
  | { readonly problems: readonly ContractProblem[] };

export interface ReadSourceOptions {
  /** Relative to the project; its stem is the source's name unless it says another. */
  readonly file: string;
  readonly text: string;
  readonly contracts: readonly Contract[];
  /** Where `${env:NAME}` is looked up. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

type Path = readonly PropertyKey[];

export const readSource = (options: ReadSourceOptions): SourceReading => {
  const lines = new LineCounter();
  const document = parseDocument(options.text, { lineCounter: lines });
  const problems: ContractProblem[] = [];
  const report = (path: Path, message: string): void => {
    problems.push({
      file: options.file,
      ...placeOf(document, lines, path),
      field: path.map(String).join('.'),
      rule: 'source',
      message,
      remedy: 'See docs/howto/load-data.md.',
    });
  };
  for (const error of document.errors) report([], error.message.split('\n')[0]!);
  if (problems.length > 0) return { problems };
  const given = withEnvironment(document.toJS() as unknown, [], options.env, report);
  const shape = parsed(sourceSchema, given, [], report);
  const from = shape === undefined ? undefined : readPlace(shape.from, report);
  if (shape === undefined || from === undefined || problems.length > 0) return { problems };
  const { name, every, otherColumns, ...rest } = shape;
  const source: SourceDeclaration = {
    ...rest,
    name: name ?? stemOf(options.file),
    file: options.file,
    from,
    dropsUnknown: otherColumns === 'ignore',
    everyMs: every,
  };
  checkMeaning(source, options.contracts, report);
  return problems.length > 0 ? { problems } : { source };
};

const stemOf = (file: string): string => file.replace(/^.*\//, '').replace(/\.ya?ml$/, '');

const parsed = <S extends z.ZodType>(
  schema: S,
  value: unknown,
  at: Path,
  report: (path: Path, message: string) => void,
): z.output<S> | undefined => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const known = Object.keys((schema as { shape?: object }).shape ?? {});
  for (const issue of result.error.issues) {
    const path = [...at, ...issue.path];
    if (issue.code !== 'unrecognized_keys') report(path, issue.message);
    else
      for (const key of issue.keys) {
        const nearest = nearestWord(key, known);
        report([...path, key], `is not a word here${nearest ? `; did you mean ${nearest}?` : ''}`);
      }
  }
  return undefined;
};

const readPlace = (
  from: Readonly<Record<string, unknown>>,
  report: (path: Path, message: string) => void,
): PlaceDeclaration | undefined => {
  const kinds = Object.keys(placeSchemas) as PlaceKind[];
  const named = kinds.filter((kind) => Object.hasOwn(from, kind));
  const [kind] = named;
  if (kind === undefined || named.length > 1) {
    report(['from'], `needs one of ${kinds.join(', ')}`);
    return undefined;
  }
  const place = parsed(placeSchemas[kind] as z.ZodType, from, ['from'], report);
  return place === undefined ? undefined : ({ kind, ...(place as object) } as PlaceDeclaration);
};

const variable = /\$\{env:(\w+)\}/g;

/** Every text with `${env:NAME}` in it takes the variable's value. */
const withEnvironment = (
  value: unknown,
  path: Path,
  env: ReadSourceOptions['env'],
  report: (path: Path, message: string) => void,
): unknown => {
  if (typeof value === 'string')
    return value.replace(variable, (whole, name: string) => {
      const found = env[name];
      if (found === undefined) report(path, `the environment has no ${name}`);
      return found ?? whole;
    });
  if (Array.isArray(value))
    return value.map((item, index) => withEnvironment(item, [...path, index], env, report));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      withEnvironment(member, [...path, name], env, report),
    ]),
  );
};

/** What the words refer to: a contract, its fields, expressions, formats of time. */
const checkMeaning = (
  source: SourceDeclaration,
  contracts: readonly Contract[],
  report: (path: Path, message: string) => void,
): void => {
  const events = contracts.filter((contract) => contract.source.kind === 'event');
  const contract = events.find(({ id }) => id === source.to);
  if (contract === undefined) {
    const nearest = nearestWord(
      source.to,
      events.map(({ id }) => id),
    );
    const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
    report(['to'], `there is no stream ${source.to} that takes events${hint}`);
    return;
  }
  const attempt = (path: Path, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      report(path, error.message);
    }
  };
  const { map, times } = source;
  if (typeof map === 'string') attempt(['map'], () => compileMapping(map));
  else
    for (const [field, expression] of Object.entries(map ?? {})) {
      const fields = contract.record.fields.map((one) => one.name);
      if (!fields.includes(field)) {
        const nearest = nearestWord(field, fields);
        const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
        report(['map', field], `${source.to} has no such field${hint}`);
      } else attempt(['map', field], () => compileMapping({ [field]: expression }));
    }
  const format = times?.format;
  if (format !== undefined) attempt(['times', 'format'], () => checkTimeFormat(format));
};

/** Line of the value at a path, of its key where it has none, else of what is around it. */
const placeOf = (
  document: Document,
  lines: LineCounter,
  path: Path,
): { readonly line?: number; readonly column?: number } => {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const range = rangeAt(document, path.slice(0, depth));
    if (range === undefined) continue;
    const { line, col } = lines.linePos(range);
    return { line, column: col };
  }
  return {};
};

const rangeAt = (document: Document, path: Path): number | undefined => {
  const key = path.at(-1);
  if (key !== undefined) {
    const around = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    if (isMap(around)) {
      const pair = around.items.find(({ key: own }) => isScalar(own) && own.value === key);
      const own = pair?.key;
      return isScalar(own) ? own.range?.[0] : undefined;
    }
  }
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return (node as { range?: [number, number, number] } | null | undefined)?.range?.[0];
};
