/**
 * Which columns of an outbox row are what, and where its message goes. The names and defaults are those of Debezium's outbox
 * event router; `MILLRACE_CDC_OUTBOX_*` is where its options are said.
 */
import { MillraceError } from '@millrace/contracts';

const roles = ['id', 'key', 'type', 'payload', 'route'] as const;
type OutboxRole = (typeof roles)[number];

export interface OutboxRules {
  /** Names of columns. */
  readonly columns: Readonly<Record<OutboxRole, string>>;
  /** Further headers and the columns that they are taken from. */
  readonly headers: readonly { readonly header: string; readonly column: string }[];
  topicOf(route: string): string;
  /** An empty payload is a record without a value, too. */
  readonly isEmptyTombstone: boolean;
}

export interface OutboxSettings {
  /** `schema.table`; undefined when there is none. */
  readonly outboxTable?: string | undefined;
  /** `role:column` */
  readonly outboxColumns: readonly string[];
  /** `column`, or `column:header` */
  readonly outboxHeaders: readonly string[];
  readonly outboxTopic: string;
  readonly outboxTombstone: boolean;
}

/** As in Debezium's `route.topic.replacement`. */
const PLACEHOLDER = `\${routedByValue}`;

const invalid = (env: string, entry: string, wanted: string): MillraceError =>
  new MillraceError('config.invalid', `${env}: "${entry}" is not ${wanted}`);

const isRole = (name: string): name is OutboxRole => roles.includes(name as OutboxRole);

/** The names that messages may be routed to, an asterisk for what differs. */
export const outboxTopicPattern = ({ outboxTopic }: Pick<OutboxSettings, 'outboxTopic'>): string =>
  outboxTopic.replaceAll(PLACEHOLDER, '*');

/** Throws `config.invalid`. */
export const outboxRules = (settings: OutboxSettings): OutboxRules => {
  const columns: Record<OutboxRole, string> = {
    ...{ id: 'id', key: 'aggregateid', type: 'type', payload: 'payload', route: 'aggregatetype' },
  };
  for (const entry of settings.outboxColumns) {
    const [role = '', column = ''] = entry.split(':');
    if (!isRole(role) || column === '') {
      throw invalid(
        'MILLRACE_CDC_OUTBOX_COLUMNS',
        entry,
        `<role>:<column>; roles: ${roles.join(', ')}`,
      );
    }
    columns[role] = column;
  }
  const headers = settings.outboxHeaders.map((entry) => {
    const [column = '', header = column] = entry.split(':');
    if (column === '' || header === '') {
      throw invalid('MILLRACE_CDC_OUTBOX_HEADERS', entry, '<column> or <column>:<header>');
    }
    return { header, column };
  });
  return {
    ...{ columns, headers },
    topicOf: (route) => settings.outboxTopic.replaceAll(PLACEHOLDER, () => route),
    isEmptyTombstone: settings.outboxTombstone,
  };
};
