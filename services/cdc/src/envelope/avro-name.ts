/**
 * Names that Avro accepts: a letter or underscore, then letters, digits, underscores. PostgreSQL allows any
 * text in quotes; like Debezium's adjustment mode `avro`, every other character becomes an underscore.
 */
const adjust = (name: string): string => {
  const adjusted = name.replaceAll(/[^A-Za-z0-9_]/g, '_');
  return /^[0-9]/.test(adjusted) ? `_${adjusted}` : adjusted;
};

/** One dotted namespace from parts. */
export const avroNamespace = (...parts: readonly string[]): string =>
  parts
    .flatMap((part) => part.split('.'))
    .map(adjust)
    .join('.');

/** Field names of one record: adjusted, and told apart by a number when two became equal. */
export const avroFieldNames = (names: readonly string[]): readonly string[] => {
  const taken = new Set<string>();
  return names.map((name) => {
    const adjusted = adjust(name);
    let unique = adjusted;
    for (let i = 2; taken.has(unique); i++) unique = `${adjusted}_${i}`;
    taken.add(unique);
    return unique;
  });
};
