/** Names of metrics in an expression of PromQL. */

/** Suffixes that Prometheus adds to a histogram's name. */
const histogramParts = /_(bucket|sum|count)$/;

/** Metrics of the platform's own that an expression reads, without the suffixes of histograms. */
export const metricsIn = (expression: string): readonly string[] => [
  ...new Set(
    [...expression.matchAll(/\bmillrace_[a-z0-9_]+/g)].map(([name]) =>
      name.replace(histogramParts, ''),
    ),
  ),
];
