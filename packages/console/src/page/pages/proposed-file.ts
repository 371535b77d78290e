/** Which of a contract's two files an uploaded one is, and why one is not taken. */

/** Contracts are a few kilobytes; the service takes a megabyte in all. */
const bytesMax = 400_000;

/** Undefined for what is neither. */
export const fileKind = (name: string): 'avsc' | 'odcs' | undefined => {
  if (/\.(avsc|json)$/i.test(name)) return 'avsc';
  return /\.ya?ml$/i.test(name) ? 'odcs' : undefined;
};

export const fileRefusal = ({ name, size }: { name: string; size: number }): string | undefined => {
  if (fileKind(name) === undefined)
    return `${name} is neither a schema (.avsc) nor a contract (.odcs.yaml).`;
  return size > bytesMax ? `${name} is too large for a contract.` : undefined;
};
