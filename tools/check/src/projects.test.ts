import { expect, test } from 'vitest';
import config from '../../../vitest.config.ts';

interface Project {
  readonly test: { readonly name: string; readonly sequence?: { readonly groupOrder?: number } };
}

test('projects have places of their own in a run: vitest refuses files of two that share one and differ in workers', () => {
  const projects = (config.test?.projects ?? []) as unknown as readonly Project[];
  const places = projects.map(({ test: { name, sequence } }) => [sequence?.groupOrder, name]);
  expect(places).toEqual([
    [0, 'unit'],
    [1, 'stack'],
    [2, 'failures'],
    [3, 'compat'],
    [4, 'deploy'],
    [5, 'long'],
  ]);
});
