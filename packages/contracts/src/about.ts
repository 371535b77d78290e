/**
 * What a contract tells people: how far it is, whom to ask, how to use it, what its fields mean. Nothing of it changes
 * how data moves; the catalog shows it.
 */

/** The words of ODCS; others are allowed and shown as they are. */
export const contractStatuses = ['proposed', 'draft', 'active', 'deprecated', 'retired'] as const;

export interface About {
  /** The name for people; absent: the id is all there is. */
  readonly title?: string;
  /** One of `contractStatuses`, or a house's own word. */
  readonly status: string;
  readonly tags: readonly string[];
  readonly usage?: string;
  readonly limitations?: string;
  /** Who works on it now and before; `dateOut` tells. */
  readonly members: readonly TeamMember[];
  /** Where to ask. */
  readonly contacts: readonly Contact[];
  readonly links: readonly AuthoritativeLink[];
  /** Of a contract that ends, or is to end. */
  readonly ending?: Ending;
  /** The fields that ODCS calls primary key, by position; empty when it calls none. */
  readonly primaryKey: readonly string[];
  /** By the name of the field; each field of the record has its entry. */
  readonly fields: Readonly<Record<string, AboutField>>;
}

export interface TeamMember {
  readonly username: string;
  readonly name?: string;
  readonly role?: string;
  /** ISO date after which the member no longer belongs to it. */
  readonly dateOut?: string;
}

export interface Contact {
  readonly channel: string;
  readonly url?: string;
  /** `email`, `slack`, `teams`, … */
  readonly tool?: string;
  readonly description?: string;
}

/** Where more is written, and with more right to be believed. */
export interface AuthoritativeLink {
  readonly type: string;
  readonly url: string;
  readonly description?: string;
}

export interface Ending {
  /** ISO date from which nobody answers for it. */
  readonly supportEnds?: string;
  /** ISO date on which it goes away. */
  readonly ends?: string;
  /** Id of the contract to go to. */
  readonly replacedBy?: string;
}

export interface AboutField {
  readonly businessName?: string;
  /** What ODCS says, else the Avro field's `doc`. */
  readonly description?: string;
  /** As a producer would send them. */
  readonly examples: readonly unknown[];
  readonly tags: readonly string[];
  /** What it is made of: `<domain>.<name>.<field>`, `<domain>.<name>`, or a name outside the project. */
  readonly sources: readonly string[];
  /** Fields of other contracts whose values it holds, as ODCS `relationships` name them: `airports.iata`. */
  readonly references: readonly string[];
  /** How it is made, for people; else the logic as text. */
  readonly transform?: string;
  /** `internal` where nothing is said; the words of `classifications`, or others where no table asks for rights. */
  readonly classification: string;
  readonly isUnique: boolean;
  readonly isCritical: boolean;
}
