/**
 * Whether a statement of the SQL box may run, by what it names. The list of what is refused beside tables is short, for the
 * server itself refuses the rest under `readonly`: it is what reads files, other servers, the server's own state.
 */
import type { NamedThings } from './read-syntax.ts';

export interface StatementRights {
  readonly database: string;
  /** All tables and views that are there. */
  readonly existing: ReadonlySet<string>;
  /** Those that may be read; undefined: all of the database. */
  readonly readable: ReadonlySet<string> | undefined;
  /** What may be read is the user's own affair (MILLRACE_QUALITY_SQL_URL): of any database but the server's own. */
  readonly isByUser: boolean;
  /** Lower case, of this server. */
  readonly tableFunctions: ReadonlySet<string>;
}

/** They make rows out of nothing. `format` is also a function of texts. */
const harmlessTableFunctions = new Set([
  ...['numbers', 'numbers_mt', 'zeros', 'zeros_mt', 'generateseries', 'generate_series', 'primes'],
  ...['values', 'sqlstandardvalues', 'null', 'format'],
]);

/** Files, other tables by name, models and the network, the server's settings and memory. */
const refusedFunctions = new Set([
  ...['file', 'joinget', 'joingetornull', 'catboostevaluate', 'evalmlmethod', 'logtrace'],
  ...['aiclassify', 'aiembed', 'aiextract', 'aigenerate', 'aitranslate', 'getclienthttpheader'],
  ...['getmacro', 'getserversetting', 'getserverport', 'showcertificate', 'addresstoline'],
  ...['addresstolinewithinlines', 'addresstosymbol', 'hascolumnintable', 'getmergetreesetting'],
]);

/** Databases that hold the server's own state. */
const serverDatabases = new Set(['system', 'information_schema']);

/** Undefined: it may run. Else why not, for who wrote it. */
export const judgeStatement = (
  things: NamedThings,
  rights: StatementRights,
): string | undefined => {
  if (!things.isSelect) return 'Only a SELECT may be asked here.';
  if (things.hasSettings) return 'SETTINGS are the service’s: leave them out.';
  if (things.hasOutput) return 'FORMAT and INTO OUTFILE are the service’s: leave them out.';
  for (const name of things.functions) {
    const isTableFunction = rights.tableFunctions.has(name) && !harmlessTableFunctions.has(name);
    if (isTableFunction || refusedFunctions.has(name))
      return `The function ${name} may not be used here.`;
  }
  for (const name of [...things.tables, ...things.inSets]) {
    const why = judgeTable(name, rights);
    if (why !== undefined) return why;
  }
  for (const name of things.dictionaries) {
    if (name === undefined) return 'Name the dictionary as a text: dictGet(’name’, …).';
    const why = judgeTable(name, rights);
    if (why !== undefined) return why;
  }
  return undefined;
};

const judgeTable = (
  name: string,
  { database, existing, readable, isByUser }: StatementRights,
): string | undefined => {
  const dot = name.indexOf('.');
  const [where, table] = dot === -1 ? [database, name] : [name.slice(0, dot), name.slice(dot + 1)];
  if (serverDatabases.has(where.toLowerCase()))
    return `${name} is the server’s own and may not be read here.`;
  if (isByUser) return undefined;
  if (where !== database) return `${name} is not in the database ${database}.`;
  // What is no table is a common table expression, a column, or a mistake that the server will name.
  if (readable === undefined || !existing.has(table) || readable.has(table)) return undefined;
  const masked = `${table.replace(/_raw$/, '')}_masked`;
  return readable.has(masked)
    ? `${table} holds what is not for everybody: read ${masked}.`
    : `${table} is not for every analyst.`;
};
