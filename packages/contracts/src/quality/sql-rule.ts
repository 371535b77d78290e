/** The text of an SQL rule: one SELECT with placeholders. Whether its columns exist the server says when it runs. */

const placeholders = ['table', 'object', 'raw', 'column', 'property'] as const;

/** Texts, quoted names, comments: whichever begins first, so that an apostrophe in a comment begins no text. */
const lexemes =
  /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`|--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?\*\//g;
const isComment = (lexeme: string): boolean => !/^['"`]/.test(lexeme);

/** Without comments, and without a semicolon at its end. */
const bareQuery = (query: string): string =>
  query
    .replaceAll(lexemes, (lexeme) => (isComment(lexeme) ? ' ' : lexeme))
    .replace(/;\s*$/, '')
    .trim();

/** What is wrong with the query; undefined when nothing is. */
export const sqlRuleFault = (query: string, hasField: boolean): string | undefined => {
  const filled = bareQuery(query);
  const bare = filled.replaceAll(lexemes, "''");
  if (!/^(?:select|with)\b/i.test(bare)) return 'The query is no SELECT.';
  if (bare.includes(';')) return 'The query holds several statements.';
  if (/\b(?:into\s+outfile|format\s+[a-z]\w*\s*$)/i.test(bare))
    return 'The query writes its answer in a form of its own.';
  for (const [, name = ''] of filled.matchAll(/\$\{([^}]*)\}/g)) {
    if (!(placeholders as readonly string[]).includes(name))
      return `\${${name}} is not known: \${table}, \${raw} and \${column} are.`;
    if ((name === 'column' || name === 'property') && !hasField)
      return `\${${name}} stands in a rule of the whole schema.`;
  }
  return undefined;
};

/** The query with its names filled in, each quoted; without comments and a semicolon at its end. */
export const fillSqlRule = (
  query: string,
  names: { readonly table: string; readonly raw: string; readonly column?: string },
): string =>
  bareQuery(query).replaceAll(/\$\{(table|object|raw|column|property)\}/g, (_, name: string) => {
    if (name === 'raw') return names.raw;
    return name === 'table' || name === 'object' ? names.table : (names.column ?? '');
  });
