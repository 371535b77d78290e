/**
 * Tells catalogs elsewhere what there is: once after each start, since contracts are read then. What an address does not take is told of once, and
 * the rest goes on: not all that speak OpenLineage know dataset events.
 */
import type { Logger } from '@millrace/pipeline';
import type { Watch } from '../../watch.ts';
import type { LineageTarget } from './lineage-target.ts';

const EVERY_MS = 1_000;

/** One watch a target; each goes on where it was when the address did not answer. */
export const tellDatasets = (
  targets: readonly LineageTarget[],
  events: readonly object[],
  logger: Logger,
): readonly Watch[] =>
  targets.map((target) => {
    let next = 0;
    let refused = 0;
    let isTold = false;
    return {
      name: `datasets-${target.name}`,
      everyMs: EVERY_MS,
      round: async () => {
        while (next < events.length) {
          const isTaken = await target.offer(events[next]!);
          next += 1;
          if (!isTaken) refused += 1;
        }
        if (refused === 0 || isTold) return;
        isTold = true;
        logger.warn({ target: target.name, refused }, 'OpenLineage: dataset events are not taken');
      },
    };
  });
