import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * The format of LMDB's data file, as the version built into the lmdb package writes it (data version 2 of its
 * `mdb.c`: a page's header has the transaction that wrote it), as far as it takes to walk it without LMDB.
 * Positions are bytes from the start of a page; numbers are little-endian.
 */
export const PAGE_HEADER_BYTES = 24;
export const BRANCH = 0x01;
export const LEAF = 0x02;
export const OVERFLOW = 0x04;
/** Of a leaf's node: the value stands on pages of its own; is a database of its own. */
export const BIG_VALUE = 0x01;
export const SUB_DATABASE = 0x02;
export const NODE_HEADER_BYTES = 8;
export const NO_PAGE = 0xffff_ffff_ffff_ffffn;

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const DATABASE_BYTES = 48;

/** One B-tree: how it says it is. */
export interface Tree {
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** Undefined: empty. */
  readonly root: number | undefined;
}

export interface Snapshot {
  readonly pageBytes: number;
  readonly pageCount: number;
  readonly transactionId: bigint;
  readonly freePages: Tree;
  readonly main: Tree;
}

export interface LmdbFile {
  readonly snapshot: Snapshot;
  /** The page itself; undefined when the file does not have it, or another page stands there. */
  page(number: number): Buffer | undefined;
  /** `count` pages that belong together. */
  pages(number: number, count: number): Buffer | undefined;
  close(): void;
}

/** Undefined: this is no file of LMDB, or neither of its two heads is whole. */
export const openLmdbFile = (path: string): LmdbFile | undefined => {
  const file = openSync(path, 'r');
  const sizeBytes = fstatSync(file).size;
  const snapshot = readSnapshot(file);
  if (snapshot === undefined) {
    closeSync(file);
    return undefined;
  }
  const { pageBytes } = snapshot;
  const pages = (number: number, count: number): Buffer | undefined => {
    if (number < 2 || (number + count) * pageBytes > sizeBytes) return undefined;
    const bytes = Buffer.allocUnsafe(count * pageBytes);
    readSync(file, bytes, 0, bytes.length, number * pageBytes);
    return bytes.readBigUInt64LE(0) === BigInt(number) ? bytes : undefined;
  };
  return {
    snapshot,
    page: (number) => pages(number, 1),
    pages,
    close: () => closeSync(file),
  };
};

/** Two heads are written in turn; the one of the later transaction holds. Both must be whole. */
const readSnapshot = (file: number): Snapshot | undefined => {
  const first = readHead(file, 0);
  if (first === undefined) return undefined;
  const second = readHead(file, first.pageBytes);
  if (second === undefined || second.pageBytes !== first.pageBytes) return undefined;
  return second.transactionId > first.transactionId ? second : first;
};

const readHead = (file: number, at: number): Snapshot | undefined => {
  const head = Buffer.alloc(PAGE_HEADER_BYTES + 24 + 2 * DATABASE_BYTES + 16);
  if (readSync(file, head, 0, head.length, at) < head.length) return undefined;
  const meta = head.subarray(PAGE_HEADER_BYTES);
  if (meta.readUInt32LE(0) !== MAGIC || meta.readUInt32LE(4) !== DATA_VERSION) return undefined;
  const databases = meta.subarray(24);
  const pageBytes = databases.readUInt32LE(0);
  if (pageBytes < 512 || pageBytes > 65_536 || pageBytes % 512 !== 0) return undefined;
  const end = databases.subarray(2 * DATABASE_BYTES);
  return {
    pageBytes,
    pageCount: Number(end.readBigUInt64LE(0)) + 1,
    transactionId: end.readBigUInt64LE(8),
    freePages: readTree(databases, 0),
    main: readTree(databases, DATABASE_BYTES),
  };
};

/** The record of a tree, in a head or as the value of a named database. */
export const readTree = (bytes: Buffer, at: number): Tree => {
  const root = bytes.readBigUInt64LE(at + 40);
  return {
    depth: bytes.readUInt16LE(at + 6),
    branchPages: Number(bytes.readBigUInt64LE(at + 8)),
    leafPages: Number(bytes.readBigUInt64LE(at + 16)),
    overflowPages: Number(bytes.readBigUInt64LE(at + 24)),
    entries: Number(bytes.readBigUInt64LE(at + 32)),
    root: root === NO_PAGE ? undefined : Number(root),
  };
};

export const isTreeRecord = (bytes: Buffer): boolean => bytes.length === DATABASE_BYTES;
