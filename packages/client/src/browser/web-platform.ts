/**
 * What the client uses of a browser beyond what Node has, too, described here: so the package compiles, and is used,
 * without the DOM's types. Reading it is all that happens; nothing is put in the place of what is missing.
 */

/** A target of events, as `window` and `document` are. */
export interface Listening {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

export interface LockManager {
  request(
    name: string,
    options: { readonly ifAvailable?: boolean },
    whileHeld: (lock: unknown) => Promise<unknown>,
  ): Promise<unknown>;
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>;
}

/** A request to IndexedDB. */
export interface DbRequest<Result> {
  readonly result: Result;
  readonly error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

export interface DbCursor {
  readonly value: unknown;
  update(value: unknown): DbRequest<unknown>;
  continue(): void;
}

export interface DbStore {
  put(value: unknown): DbRequest<unknown>;
  get(key: string): DbRequest<unknown>;
  delete(key: string): DbRequest<undefined>;
  createIndex(name: string, path: string): unknown;
  index(name: string): { openCursor(): DbRequest<DbCursor | null> };
}

export interface DbTransaction {
  readonly error: unknown;
  objectStore(name: string): DbStore;
  commit?(): void;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
}

export interface Database {
  createObjectStore(name: string, options: { readonly keyPath: string }): DbStore;
  transaction(
    store: string,
    mode: 'readonly' | 'readwrite',
    options?: { readonly durability: 'strict' },
  ): DbTransaction;
  close(): void;
  onversionchange: (() => void) | null;
}

export interface OpenRequest extends DbRequest<Database> {
  onupgradeneeded: (() => void) | null;
}

export interface WebPlatform {
  /** Undefined outside a page. */
  readonly document?: Listening & { readonly visibilityState: string };
  /** The page's window, or a worker's scope. */
  readonly scope?: Listening;
  readonly locks?: LockManager;
  readonly indexedDB?: { open(name: string, version: number): OpenRequest };
  /** False when the browser does not take it. */
  readonly sendBeacon?: (url: string, body: Blob) => boolean;
}

/** What there is of it where this runs. */
export const webPlatform = (): WebPlatform => {
  const scope = globalThis as unknown as Partial<Listening> & {
    readonly document?: Listening & { readonly visibilityState: string };
    readonly indexedDB?: { open(name: string, version: number): OpenRequest };
    readonly navigator?: {
      readonly locks?: LockManager;
      sendBeacon?(url: string, body: Blob): boolean;
    };
  };
  const { document, indexedDB, navigator } = scope;
  return {
    ...(document === undefined ? {} : { document }),
    ...(typeof scope.addEventListener === 'function' ? { scope: scope as Listening } : {}),
    ...(indexedDB === undefined ? {} : { indexedDB }),
    ...(navigator?.locks === undefined ? {} : { locks: navigator.locks }),
    ...(navigator?.sendBeacon === undefined
      ? {}
      : { sendBeacon: (url, body) => navigator.sendBeacon?.(url, body) ?? false }),
  };
};
