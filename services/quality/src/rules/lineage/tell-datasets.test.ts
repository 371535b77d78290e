import { silentLogger } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { tellDatasets } from './tell-datasets.ts';

test('each event is offered once, in order; an address that is away is asked again, one that refuses is told of once', async () => {
  const offered: unknown[] = [];
  let isAway = true;
  const warned: object[] = [];
  const target = {
    name: 'openlineage-http',
    take: async () => undefined,
    offer: async (event: object) => {
      if (isAway && offered.length === 1) throw new Error('away');
      offered.push(event);
      return event !== events[2];
    },
    close: async () => undefined,
  } as const;
  const events = [{ n: 1 }, { n: 2 }, { n: 3 }];
  const logger = { ...silentLogger, warn: (fields: object) => void warned.push(fields) };
  const [watch] = tellDatasets([target], events, logger);
  const round = () => watch!.round(new AbortController().signal);
  await expect(round()).rejects.toThrow('away');
  isAway = false;
  await round();
  await round();
  expect(offered).toEqual(events);
  expect(warned).toEqual([{ target: 'openlineage-http', refused: 1 }]);
});
