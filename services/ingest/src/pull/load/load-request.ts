/** What `millrace load` was asked for, as the command line hands it to this service's second entry. */
import { isAbsolute, relative, resolve } from 'node:path';
import { type Contract, formatProblem, MillraceError, nearestWord } from '@millrace/contracts';
import { stringify } from 'yaml';
import { readSource } from '../sources/read-source.ts';
import { readSources } from '../sources/read-sources.ts';
import type { SourceDeclaration } from '../sources/source-declaration.ts';

export interface LoadRequest {
  /** A file, a folder, a glob, `s3://…`, or the name of a source of the project. */
  readonly target: string;
  /** Id of the contract; not for a source, which names its own. */
  readonly to?: string;
  readonly map?: string;
  readonly format?: string;
  readonly ignoreOtherColumns?: boolean;
  readonly timeFormat?: string;
  readonly zone?: string;
  readonly dryRun: boolean;
  readonly strict: boolean;
  /** Also when the first thousand rows are all rejected. */
  readonly keepGoing: boolean;
  readonly json: boolean;
}

export interface ResolvedLoad {
  readonly declaration: SourceDeclaration;
  /** That file paths are relative to. */
  readonly directory: string;
  /** Names of files that were given by a path, as they were given. */
  readonly titleOf?: (name: string) => string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `config.source-invalid`. @param directory of the project */
export const resolveLoad = async (
  request: LoadRequest,
  project: { readonly directory: string; readonly contracts: readonly Contract[] },
  env: Environment,
): Promise<ResolvedLoad> => {
  const { directory, contracts } = project;
  if (request.to === undefined) {
    const sources = await readSources(directory, contracts, env);
    const found = sources.find(({ name }) => name === request.target);
    if (found === undefined) throw unknownSource(request.target, sources);
    return { declaration: found, directory };
  }
  const file = 'load.yaml';
  const text = stringify(asSource(request, env));
  const reading = readSource({ file, text, contracts, env: {} });
  if ('source' in reading)
    // names are whole paths: the same file is the same part from wherever it is loaded
    return {
      ...{ declaration: { ...reading.source, file: request.target }, directory: '/' },
      ...(request.target.startsWith('s3://') ? {} : { titleOf: titlesLike(request.target) }),
    };
  const lines = reading.problems.map(({ line: _line, column: _column, ...problem }) =>
    formatProblem({ ...problem, file: 'load' }),
  );
  throw new MillraceError('config.source-invalid', lines.join('\n'));
};

/** Absolute, or from the working directory, as the target is. */
const titlesLike =
  (target: string) =>
  (name: string): string =>
    isAbsolute(target) ? `/${name}` : relative(process.cwd(), `/${name}`);

const unknownSource = (target: string, sources: readonly SourceDeclaration[]): MillraceError => {
  const names = sources.map(({ name }) => name);
  const nearest = nearestWord(target, names);
  const hint =
    nearest === undefined ? `Sources: ${names.join(', ') || 'none'}.` : `Did you mean ${nearest}?`;
  return new MillraceError(
    'config.source-invalid',
    `there is no source ${target} in the project. ${hint} For a file, say which stream it is for: --to <stream>`,
  );
};

/** The request in the words of a source's file, so that one reader judges both. */
const asSource = (request: LoadRequest, env: Environment): Record<string, unknown> => {
  const { target, to, map, format, timeFormat, zone } = request;
  const given = (name: string, value: unknown) => (value === undefined ? {} : { [name]: value });
  const times = { ...given('format', timeFormat), ...given('zone', zone) };
  return {
    name: `load-${to}`,
    to,
    from: target.startsWith('s3://')
      ? s3From(target, env)
      : { files: resolve(target), settle: '100ms' },
    ...given('format', format),
    ...given('map', parsedMap(map)),
    ...(Object.keys(times).length > 0 ? { times } : {}),
    ...(request.ignoreOtherColumns ? { otherColumns: 'ignore' } : {}),
  };
};

/** `field=expression, …` of names only, else JSONata for the whole row. */
const parsedMap = (map: string | undefined): unknown => {
  if (map === undefined) return undefined;
  const pairs = map.split(',').map((pair) => /^\s*(\w+)\s*=\s*(\w+|`[^`]+`)\s*$/.exec(pair));
  if (pairs.some((pair) => pair === null)) return map;
  return Object.fromEntries(pairs.map((pair) => [pair![1], pair![2]]));
};

/** The variables that every client of S3 reads. */
const s3From = (target: string, env: Environment): Record<string, unknown> => {
  const given = (name: string, value: string | undefined) =>
    value === undefined || value === '' ? {} : { [name]: value };
  return {
    s3: target,
    ...given('endpoint', env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL']),
    ...given('region', env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION']),
    ...given('accessKeyId', env['AWS_ACCESS_KEY_ID']),
    ...given('secretAccessKey', env['AWS_SECRET_ACCESS_KEY']),
    ...given('sessionToken', env['AWS_SESSION_TOKEN']),
  };
};
