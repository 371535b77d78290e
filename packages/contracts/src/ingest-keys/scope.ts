/** What a key may send to: streams by pattern. Not who holds the key. */

/** `*`, `<domain>.*` or `<domain>.<name>`. */
export const scopePattern = '^(\\*|[a-z][a-z0-9_]*\\.(\\*|[a-z][a-z0-9_]*))$';

/** Whether one of the scopes covers the stream `<domain>.<name>`. */
export const scopesCover = (scopes: readonly string[], streamId: string): boolean => {
  for (const scope of scopes)
    if (
      scope === '*' ||
      scope === streamId ||
      (scope.endsWith('.*') && streamId.startsWith(scope.slice(0, -1)))
    )
      return true;
  return false;
};
