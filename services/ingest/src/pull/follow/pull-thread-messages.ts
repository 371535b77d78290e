/** What the door and the thread that follows sources say to each other. */
import type { KafkaSettings } from '@millrace/kafka';
import type { MetricsSnapshot } from '@millrace/runtime';

export interface PullThreadData {
  readonly project: string;
  readonly kafka: KafkaSettings;
  readonly registryUrl: string;
  readonly eventBytesMax: number;
  readonly quarantineEventBytesMax: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export type ToPullThread =
  | { readonly kind: 'stop' }
  | { readonly kind: 'measure' }
  /** Look for new parts now. */
  | { readonly kind: 'notify'; readonly source: string };

export type FromPullThread = { readonly kind: 'measured'; readonly snapshot: MetricsSnapshot };
