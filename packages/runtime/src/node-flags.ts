/** The flags of node that a service is started with; in a file of JSON, since the `millrace` command reads it in an older Node. */
import flags from '../node-flags.json' with { type: 'json' };

const flagsByService: Readonly<Record<string, readonly string[]>> = flags;

/**
 * They cannot be set from inside the process.
 *
 * V8 lets its young generation grow to three semi-spaces of 32 MB and more under a flood of short-lived buffers, and
 * its old one to four times of what lives before it looks. 8 MB each and twice what lives keep a service below
 * 300 MB resident for a few per cent of its throughput.
 *
 * ingest is to stay below 250 MB under ten times its load, where most of what it holds are buffers that wait for V8 to look: so it
 * looks sooner.
 *
 * quality mostly waits. V8 takes that for idleness and collects everything again and again to have less memory (its memory
 * reducer: a fifth of what the service costs at rest). So that is off; the old generation is looked at sooner instead, and code
 * is made small.
 *
 * @param service the name that it is started with; `tests/bench/ingest-against-peers` and `tests/bench/quality-watch` measure the choice
 */
export const serviceNodeFlags = (service: string): readonly string[] =>
  flagsByService[service] ?? flags.default;

const nameOf = (flag: string): string => flag.split('=')[0] ?? flag;

/** Those of the flags that nobody has set: neither on the command line nor in NODE_OPTIONS. */
export const missingNodeFlags = (
  service: string,
  execArgv: readonly string[],
  nodeOptions: string,
): readonly string[] => {
  const given = new Set([...execArgv, ...nodeOptions.split(/\s+/)].map(nameOf));
  return serviceNodeFlags(service).filter((flag) => !given.has(nameOf(flag)));
};
