/**
 * Splits a script at its semicolons, not at those inside quotes and comments: ClickHouse's HTTP interface
 * takes one statement a request. It does not know inline data (INSERT … FORMAT …) or heredocs.
 */
const TOKEN =
  /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`\\]|\\.|``)*`|--[^\n]*|\/\*[\s\S]*?\*\/|;/g;

/** The statements in order, trimmed, without their semicolons; empty ones are left out. */
export const splitStatements = (script: string): readonly string[] => {
  const statements: string[] = [];
  let start = 0;
  for (const match of script.matchAll(TOKEN)) {
    if (match[0] !== ';') continue;
    statements.push(script.slice(start, match.index));
    start = match.index + 1;
  }
  statements.push(script.slice(start));
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
};
