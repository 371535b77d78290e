/** What a graph is told: things and arrows between them. */
import type { ConditionState } from '@millrace/operations';

export interface GraphNode {
  readonly id: string;
  readonly label: string;
  /** What it is: `topic`, `service`. */
  readonly kind: string;
  /** Below the label. */
  readonly note?: string | undefined;
  readonly condition: ConditionState;
  /** A view of the console. */
  readonly href?: string | undefined;
}

export interface GraphArrow {
  readonly from: string;
  readonly to: string;
  readonly label?: string | undefined;
  readonly condition: ConditionState;
  /** Records a second; the arrow moves when there are any. */
  readonly perSecond?: number | null;
}

export interface GraphProps {
  readonly label: string;
  readonly nodes: readonly GraphNode[];
  readonly arrows: readonly GraphArrow[];
  readonly height: string;
}
