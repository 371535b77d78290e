/** Dead letters as a part: their index, what is not well of them, and the routes that look and send again. */
import { analystClassification, mayRead } from '@millrace/contracts';
import { openFloodLog } from '@millrace/dead-letters';
import type { GraphView } from '@millrace/streams';
import type { Part, PartContext } from '../part.ts';
import { indexLetters, knownStreams } from './index-letters.ts';
import { letterRoutes } from './letter-routes.ts';
import { raiseDead } from './raise-dead.ts';
import { redriveRoutes } from './redrive/redrive-routes.ts';
import { createRedrives } from './redrive/run-redrives.ts';

/** @param graphs of the project's transforms */
export const createDeadPart = (context: PartContext, graphs: readonly GraphView[]): Part => {
  const floods = openFloodLog(context.connection);
  const streams = knownStreams(context.project.contracts, (one) =>
    mayRead(analystClassification, one),
  );
  const looking = { ...context, ...streams };
  const redrives = createRedrives(context, graphs);
  return {
    watches: [indexLetters(looking), raiseDead(context, floods), redrives.watch],
    register: (server) => {
      letterRoutes(server, looking, floods);
      redriveRoutes(server, { ...context, graphs }, redrives);
    },
    close: async () => {
      await redrives.close();
      await floods.close();
    },
  };
};
