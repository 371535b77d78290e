/** Who sends, as the rest of the door sees it; how that was found out is authenticate.ts. */
import type { ErrorCode } from '@millrace/contracts';
import type { AccountTerms } from '../admission/accounts.ts';

export interface Sender {
  /** Of a key its id; `jwt:<subject>`; of a request without either, where addresses are counted, `address:<address>`. */
  readonly id: string;
  /** For people: the key's name, the token's subject. */
  readonly name: string;
}

/** A sender and what it may do. */
export interface Identity {
  readonly sender: Sender;
  /** Streams by pattern. */
  readonly scopes: readonly string[];
  readonly terms: AccountTerms;
  /** A browser's: only from pages of these origins, and in URLs, too. */
  readonly origins?: readonly string[];
  /** Of a key: its use is noted. */
  readonly keyId?: string;
}

/** Nobody may send with this. */
export interface Denial {
  readonly code: ErrorCode;
  readonly message: string;
  /** What the credential says it is; found out before it was refused, so never a secret. */
  readonly keyId?: string;
}
