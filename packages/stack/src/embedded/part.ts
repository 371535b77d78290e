/** What a part of the embedded stack is: how to prepare and start its process, and how to see that it is ready. */
import type { StackPart } from '../stack.ts';
import type { ChildSpec, Exit } from './child.ts';

export interface EmbeddedPart {
  readonly name: StackPart;
  readonly port: number;
  /** Writes its configuration and makes its data directory when there is none; called before each start. */
  prepare(): Promise<ChildSpec>;
  isReady(): Promise<boolean>;
  /** What makes this stop slower than others, for a person who waits. */
  stopNote?(): string | undefined;
  /** Called after its process has ended, however it ended. */
  afterExit?(exit: Exit, wasReady: boolean): void;
}

/** The folders of one stack. */
export interface StackFolders {
  readonly dataDir: string;
  readonly confDir: string;
  readonly logDir: string;
}
