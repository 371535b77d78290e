/** What `npm audit --json` said, judged: known vulnerabilities of what is installed in production, or why nobody could tell. Pure. */

export type AuditVerdict =
  | { readonly kind: 'good' | 'skipped'; readonly lines: readonly string[] }
  | { readonly kind: 'bad'; readonly lines: readonly string[] };

interface Vulnerability {
  readonly name: string;
  readonly severity: string;
  readonly via: readonly (string | { readonly title?: string; readonly url?: string })[];
}

/** Below these a finding is told and fails nothing. */
const failing = new Set(['high', 'critical']);

const lineOf = ({ name, severity, via }: Vulnerability): string => {
  const why = via.map((one) =>
    typeof one === 'string' ? one : `${one.title ?? ''} ${one.url ?? ''}`.trim(),
  );
  return `${severity}: ${name}: ${why.join('; ')}`;
};

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};

/** @param output standard output; a registry without the endpoint, and one that is not reached, answer with an error in it */
export const judgeAudit = (output: string): AuditVerdict => {
  const report = parse(output);
  const vulnerabilities = report?.['vulnerabilities'];
  if (typeof vulnerabilities !== 'object' || vulnerabilities === null) {
    const told =
      report?.['message'] ?? (report?.['error'] as { summary?: string } | undefined)?.summary;
    return {
      kind: 'skipped',
      lines: [`the registry gave no report: ${String(told ?? 'no answer')}`],
    };
  }
  const found = Object.values(vulnerabilities as Record<string, Vulnerability>);
  const isBad = found.some(({ severity }) => failing.has(severity));
  return { kind: isBad ? 'bad' : 'good', lines: found.map(lineOf) };
};
