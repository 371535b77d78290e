import { MillraceError } from '@millrace/contracts';
import type { TransformShape } from './transform-shape.ts';

/** The form of what is remembered of a transform's state; another one is not read. */
const FORM = 1;

/** A shape as it is kept beside the state: JSON, which `parseShape` reads. */
export const shapeText = (shape: TransformShape): string =>
  JSON.stringify({ form: FORM, ...shape });

/** Throws `transform.changed` for what a later release has written. */
export const parseShape = (transform: string, text: string): TransformShape => {
  const { form, ...shape } = JSON.parse(text) as TransformShape & { form: number };
  if (form === FORM) return shape;
  throw new MillraceError(
    'transform.changed',
    `transform ${transform}: a later release of Millrace has written what its state means`,
  );
};
