/**
 * What each SQLSTATE of the source asks for: another try, or a person. A single code goes before its class, and what
 * stands in neither is tried again, with pauses that grow and a warning each time: a service that ends on what it
 * does not know would end on every new code of a new server.
 * Source: PostgreSQL documentation, appendix A.
 */

export interface Verdict {
  readonly isRetryable: boolean;
  readonly reason: string;
}

const again = (reason: string): Verdict => ({ isRetryable: true, reason });
const person = (reason: string): Verdict => ({ isRetryable: false, reason });

const codes: Readonly<Record<string, Verdict>> = {
  '25006': again('a standby that is not promoted yet answers in the primary’s place'),
  '25P03': again('an idle transaction was ended'),
  '25P04': again('a transaction took longer than the server allows'),
  '55000': again('the next session looks at the slot and the settings, and says what is wrong'),
  '55006': again('the slot is served elsewhere, perhaps by our own dead session'),
  '55P03': again('another session held a lock for longer than we wait'),
  '57P04': person('the database was dropped'),
  XX000: again('the server met a change that was under way, such as two ALTERs of one object'),
};

const classes: Readonly<Record<string, Verdict>> = {
  '08': again('the connection broke or could not be made'),
  '0A': person('this server cannot do it'),
  '0L': person('the grantor may not grant it'),
  '0P': person('a role is not known'),
  '20': person('a statement is wrong'),
  '21': person('a condition or select of the settings gives more rows than one'),
  '22': person('a value or a parameter is not of its type'),
  '23': person('a constraint forbids it'),
  '25': person('a statement does not fit the transaction it stands in'),
  '26': person('a pooler stands between: connect to PostgreSQL itself'),
  '28': person('the login is refused'),
  '2B': person('a right is needed elsewhere'),
  '38': person('a function of the database failed'),
  '39': person('a function of the database failed'),
  '3D': person('there is no such database'),
  '3F': person('there is no such schema'),
  '40': again('the server undid the transaction to let others go on'),
  '42': person('a name does not exist, a right is missing, or a statement is wrong'),
  '44': person('a view forbids it'),
  '53': again('the server is out of connections, slots, memory or disk'),
  '54': person('it is more than this server can do'),
  '55': person('something is not in the state that the statement needs'),
  '57': again('the server shuts down, starts up or cancelled the statement'),
  '58': again('the server could not read or write a file'),
  '72': again('the snapshot is too old'),
  F0: person('the server’s configuration is broken'),
  HV: person('a foreign table failed'),
  P0: person('a function or an event trigger of the database refused it'),
  XX: person('data or an index of the server is damaged'),
};

/** The verdict on five characters of SQLSTATE. */
export const verdictOn = (sqlState: string): Verdict =>
  codes[sqlState] ?? classes[sqlState.slice(0, 2)] ?? again('not known');
