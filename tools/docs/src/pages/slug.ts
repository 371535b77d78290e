/**
 * Anchors of headings as GitHub makes them: lower case, spaces as hyphens, what is neither letter, digit, `_` nor `-` left
 * out, a repeated one numbered. Links with anchors then work there and on the site.
 */
export const createSlugger = (): ((text: string) => string) => {
  const seen = new Map<string, number>();
  return (text) => {
    const base = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(base) ?? 0;
    seen.set(base, count + 1);
    return count === 0 ? base : `${base}-${count}`;
  };
};
