/** An arrow over several layers, and the boxes that it must not run behind. */
import { expect, test } from 'vitest';
import { arrowPath } from './arrow-path.ts';
import { layOut, routeKey } from './layout.ts';

const size = { width: 196, height: 54 };

test('an arrow to the next layer is one curve with its label in the middle', () => {
  const path = arrowPath({ x: 0, y: 0 }, { x: 100, y: 40 }, [], 98, 'LR');
  expect(path).toEqual({ d: 'M0,0 C50,0 50,40 100,40', label: { x: 50, y: 20 } });
  expect(arrowPath({ x: 0, y: 0 }, { x: 40, y: 100 }, [], 27, 'TB').d).toBe(
    'M0,0 C0,50 40,50 40,100',
  );
});

test.each(['LR', 'TB'] as const)(
  'an arrow over layers passes beside their boxes, and so does its label (%s)',
  (direction) => {
    const chain = ['a', 'b', 'c', 'd', 'e'];
    const arrows = [
      ...chain.slice(1).map((to, at) => ({ from: chain[at]!, to })),
      ...[
        { from: 'a', to: 'e' },
        { from: 'b', to: 'e' },
        { from: 'b', to: 'x' },
      ],
    ];
    const ids = [...chain, 'x'];
    const { places, routes } = layOut(ids, arrows, size, direction);
    const reach = (direction === 'LR' ? size.width : size.height) / 2;
    const end = (id: string, isSource: boolean) => {
      const { x, y } = places.get(id)!;
      return direction === 'LR'
        ? { x: x + (isSource ? size.width : 0), y: y + size.height / 2 }
        : { x: x + size.width / 2, y: y + (isSource ? size.height : 0) };
    };
    for (const { from, to } of arrows) {
      const route = routes.get(routeKey(from, to))!;
      const { d, label } = arrowPath(end(from, true), end(to, false), route, reach, direction);
      expect(route).toHaveLength({ ae: 3, be: 2 }[from + to] ?? 0);
      const corners = [...d.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [
        Number(x),
        Number(y),
      ]);
      for (const [x, y] of [...corners, [label.x, label.y]])
        for (const id of ids.filter((one) => one !== from && one !== to)) {
          const box = places.get(id)!;
          const isWithin =
            x! > box.x && x! < box.x + size.width && y! > box.y && y! < box.y + size.height;
          expect(isWithin, `${from} → ${to} runs behind ${id}`).toBe(false);
        }
    }
  },
);
