/** The SQL of a page of the documentation, for tests that run what a reader would. */

/** Texts of the fenced blocks marked `sql`, in order. */
export const sqlBlocks = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^```sql\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);
