/** A picture of things and arrows between them. What draws it is loaded when the first one is seen. */
import { lazy, Suspense } from 'react';
import { Skeleton } from '../ui/blank.tsx';
import type { GraphProps } from './graph-props.ts';

const Canvas = lazy(() => import('./graph-canvas.tsx'));

export const Graph = (props: GraphProps) => (
  <section className="graph" aria-label={props.label} style={{ height: props.height }}>
    <Suspense fallback={<Skeleton lines={6} />}>
      <Canvas {...props} />
    </Suspense>
  </section>
);
