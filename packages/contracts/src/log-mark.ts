import type { LogIdentity } from './log-position.ts';

/** Which log of a topic's name an offset counts in: a topic that is made again has the name and another id. */
export type LogMark = Omit<LogIdentity, 'epoch'>;

/** A cluster's and a topic's id: letters, digits, `-` and `_`. */
const marked = /^([^.]*)\.([\w-]+)\.([\w-]+)$/;

/** What is committed beside an offset, with the log that it counts in; there is no dot in `text`. */
export const withLogMark = (text: string, mark: LogMark | undefined): string =>
  mark === undefined ? text : `${text}.${mark.cluster}.${mark.topicId}`;

/** The way back; no mark where none was written. */
export const withoutLogMark = (
  marks: string,
): { readonly text: string; readonly mark?: LogMark } => {
  const [, text, cluster, topicId] = marked.exec(marks) ?? [];
  if (cluster === undefined || topicId === undefined) return { text: marks };
  return { text: text!, mark: { cluster, topicId } };
};
