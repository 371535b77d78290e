/** A statement as it is sent on: without comments before it and the semicolon behind. Pure. */

/** Undefined when it does not begin as a query does: no other word may come behind `EXPLAIN AST`, which takes settings there. */
export const statementText = (text: string): string | undefined => {
  const bare = text
    .replace(/^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/, '')
    .replace(/[\s;]+$/, '');
  return /^(select|with|from)\b|^\(/i.test(bare) ? bare : undefined;
};
