import { appendFileSync } from 'node:fs';
import { openTaskState } from '../open-task-state.ts';
import { counterSpecs, storesOf } from './counters.ts';

/**
 * A process that does nothing but change state, commit it (into a file, as its changelog) and write
 * checkpoints, until it is killed. Arguments: directory of the state, file of the changelog, first number.
 */
const [directory, changelog, first] = process.argv.slice(2);
const state = await openTaskState({ directory: directory!, ...counterSpecs });
await state.promote();
const { counts, windows } = storesOf(state);
let offset = 0;
const entriesAStep = 200;

for (let step = Number(first); ; step += 1) {
  for (let index = 0; index < entriesAStep; index += 1) {
    const number = (step * 7_919 + index * 104_729) % 3_000;
    counts.set(`key-${number}`, (counts.get(`key-${number}`) ?? 0) + 1);
    windows.set(step * 10 + (index % 10), `key-${number}`, step);
  }
  windows.dropBefore(step * 10 - 200);
  for (const { store, records } of state.takeChanges()) {
    const lines = records.map(({ key, value }) =>
      JSON.stringify([store, key.toString('base64'), value?.toString('base64')]),
    );
    offset += lines.length;
    appendFileSync(changelog!, `${lines.join('\n')}\n`);
  }
  // One file for both stores: an offset is the number of a line.
  state.committed(new Map(state.names.map((name) => [name, offset])));
  state.checkpoint();
  if (step === Number(first) + 5) console.log('under way');
}
