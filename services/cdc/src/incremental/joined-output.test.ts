import { expect, test } from 'vitest';
import { createChangeBatch, createSlabPool } from '../change-batch.ts';
import { createJoinedOutput } from './joined-output.ts';

test('what is added together ends the batch once, behind the last step, also when a step fails', () => {
  let open = createChangeBatch(createSlabPool());
  const written: number[] = [];
  const output = createJoinedOutput({
    get open() {
      return open;
    },
    added: () => {
      written.push(open.recordCount);
      open = createChangeBatch(createSlabPool());
    },
  });
  const add = (): void => {
    output.open.add('state', 0, { key: null, value: null });
    output.added();
  };
  add();
  output.together(() => {
    add();
    add();
  });
  output.together(() => undefined);
  const failing = () =>
    output.together(() => {
      add();
      throw new Error('no');
    });
  expect(failing).toThrow('no');
  add();
  expect(written).toEqual([1, 2, 1, 1]);
});
