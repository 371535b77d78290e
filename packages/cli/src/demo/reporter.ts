import type { AuditCheck } from './audit.ts';
import { tableText } from './table-text.ts';
import type { FlowSample } from './watch-flow.ts';

/** Where the demo's story is told: for a person on the terminal, or nowhere (`--json` prints a summary). */
export interface Reporter {
  heading(text: string): void;
  line(text: string): void;
  /** The live counters; rewritten in place on a terminal, a line now and then elsewhere. */
  flow(sample: FlowSample): void;
  flowDone(sample: FlowSample): void;
  table(title: string, rows: readonly Readonly<Record<string, unknown>>[], tookMs: number): void;
  audit(checks: readonly AuditCheck[]): void;
}

export const quietReporter: Reporter = {
  heading: () => undefined,
  line: () => undefined,
  flow: () => undefined,
  flowDone: () => undefined,
  table: () => undefined,
  audit: () => undefined,
};

const PLAIN_INTERVAL_MS = 2_000;

export function terminalReporter(out: NodeJS.WriteStream): Reporter {
  let lastPlainMs = 0;
  const print = (text: string): void => {
    out.write(`${text}\n`);
  };
  return {
    heading: (text) => print(`\n▸ ${text}`),
    line: (text) => print(`  ${text}`),
    flow(sample) {
      if (out.isTTY) {
        out.write(`\r\x1b[2K  ${flowText(sample)}`);
      } else if (performance.now() - lastPlainMs > PLAIN_INTERVAL_MS) {
        lastPlainMs = performance.now();
        print(`  ${flowText(sample)}`);
      }
    },
    flowDone(sample) {
      if (out.isTTY) out.write('\r\x1b[2K');
      print(`  ${flowText(sample)}`);
    },
    table(title, rows, tookMs) {
      print(`\n  ${title}  (${tookMs.toFixed(0)} ms)`);
      print(tableText(rows, '    '));
    },
    audit(checks) {
      for (const check of checks) {
        const verdict = check.ok ? '✓' : '✗';
        const detail = check.ok
          ? check.actual
          : `expected ${check.expected}, found ${check.actual}`;
        print(`  ${verdict} ${check.name}: ${detail}`);
      }
    },
  };
}

const count = (value: number): string => value.toLocaleString('en-US');
const millis = (value: number | undefined): string =>
  value === undefined ? '–' : `${Math.round(value)} ms`;

function flowText(sample: FlowSample): string {
  return [
    `sent ${count(sample.sent)}`,
    `on Kafka ${count(sample.onKafka)}`,
    `in ClickHouse ${count(sample.inClickHouse)}`,
    `lag ${count(sample.lag)}`,
    `freshness p50 ${millis(sample.freshnessP50Ms)}, p99 ${millis(sample.freshnessP99Ms)}`,
  ].join('  ·  ');
}
