import { openTaskState } from '../open-task-state.ts';
import { createTestChangelog } from './changelog.ts';
import { counterSpecs, showCounters, storesOf } from './counters.ts';

/**
 * A process whose files may not grow beyond a limit that its parent set: grows state past what fits on
 * disk, and says as JSON what became of it. Argument: directory of the state.
 */
const directory = process.argv[2]!;
const warnings: string[] = [];
const logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (_: unknown, message: string) => warnings.push(message),
  error: () => undefined,
};
const changelog = createTestChangelog();
const state = await openTaskState({ directory, ...counterSpecs, logger });
await state.promote();
const { counts } = storesOf(state);
const written: boolean[] = [];
for (let round = 0; round < 6; round += 1) {
  for (let index = 0; index < 4_000; index += 1) counts.set(`key-${round}-${index}`, index);
  state.committed(changelog.append(state.takeChanges()));
  written.push(state.checkpoint());
}
const shown = showCounters(state);
const stats = state.stats();
const warned = [...warnings];
await state.close();

const reopened = await openTaskState({ directory, ...counterSpecs, logger });
const nextOffset = reopened.nextOffset('counts');
changelog.replay(reopened);
await reopened.promote();
const isSame = JSON.stringify(showCounters(reopened)) === JSON.stringify(shown);
await reopened.close();
console.log(
  JSON.stringify({ written, warnings: warned, nextOffset, isSame, size: counts.size, ...stats }),
);
