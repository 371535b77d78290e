import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  BIG_VALUE,
  BRANCH,
  LEAF,
  type LmdbFile,
  NODE_HEADER_BYTES,
  OVERFLOW,
  PAGE_HEADER_BYTES,
  SUB_DATABASE,
  type Tree,
} from './lmdb-file.ts';

/** What a walk meets that must not be. */
export class Damage extends Error {}

/** Throws Damage when the entry is not what it must be. */
export type Visit = (key: Buffer, value: Buffer, isTree: boolean) => void;

export interface WalkOptions {
  readonly file: LmdbFile;
  /** Pages found in use, by number; a page must not be met twice. */
  readonly used: Uint8Array;
  /** Integer keys are eight bytes, compared as numbers. */
  readonly hasIntegerKeys?: boolean;
}

/** So many pages are a few milliseconds, in which nothing else runs. */
const PAGES_A_TURN = 500;

/**
 * Walks every page of a B-tree in the order of its keys, and proves what LMDB takes for granted: that
 * pages are what their parents say, nodes lie within them, keys ascend, and counts agree. Rejects with Damage.
 */
export const walkTree = async (tree: Tree, options: WalkOptions, visit: Visit): Promise<void> => {
  const { file, used, hasIntegerKeys = false } = options;
  const { snapshot } = file;
  const seen = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
  let last: Buffer | undefined;
  let sinceTurn = 0;

  const claim = (number: number): void => {
    if (number < 2 || number >= snapshot.pageCount) throw new Damage(`there is no page ${number}`);
    if (used[number]) throw new Damage(`page ${number} is used twice`);
    used[number] = 1;
  };

  const bigValue = (node: Buffer, valueStart: number, length: number): Buffer => {
    const number = Number(node.readBigUInt64LE(valueStart));
    const count = Math.ceil((length + PAGE_HEADER_BYTES) / snapshot.pageBytes);
    const pages = file.pages(number, count);
    if (pages === undefined || !(pages.readUInt16LE(18) & OVERFLOW)) {
      throw new Damage(`page ${number} is no page of a long value`);
    }
    if (pages.readUInt32LE(20) !== count) throw new Damage(`page ${number} has a wrong length`);
    for (let index = 0; index < count; index += 1) claim(number + index);
    seen.overflowPages += count;
    return pages.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + length);
  };

  const visitLeaf = (page: Buffer, at: number): void => {
    const keyBytes = page.readUInt16LE(at + 6);
    const keyStart = at + NODE_HEADER_BYTES;
    const valueStart = keyStart + keyBytes;
    const flags = page.readUInt16LE(at + 4);
    const length = page.readUInt32LE(at);
    const isBig = (flags & BIG_VALUE) !== 0;
    if (valueStart + (isBig ? 8 : length) > page.length) throw new Damage('an entry is cut off');
    const key = page.subarray(keyStart, valueStart);
    if (last !== undefined && compare(last, key, hasIntegerKeys) >= 0) {
      throw new Damage('keys do not ascend');
    }
    last = key;
    seen.entries += 1;
    const value = isBig
      ? bigValue(page, valueStart, length)
      : page.subarray(valueStart, valueStart + length);
    visit(key, value, (flags & SUB_DATABASE) !== 0);
  };

  const walk = async (number: number, depth: number): Promise<void> => {
    claim(number);
    const page = file.page(number);
    if (page === undefined) throw new Damage(`page ${number} is another one`);
    if (page.readBigUInt64LE(8) > snapshot.transactionId) {
      throw new Damage(`page ${number} is newer than the file's head`);
    }
    const flags = page.readUInt16LE(18);
    const isLeaf = depth === tree.depth;
    if ((flags & (BRANCH | LEAF | OVERFLOW)) !== (isLeaf ? LEAF : BRANCH)) {
      throw new Damage(`page ${number} is of another kind`);
    }
    const count = page.readUInt16LE(20) >> 1;
    if (PAGE_HEADER_BYTES + count * 2 > page.length) throw new Damage(`page ${number} is overfull`);
    sinceTurn += 1;
    if (sinceTurn % PAGES_A_TURN === 0) await nextTurn();
    if (isLeaf) seen.leafPages += 1;
    else seen.branchPages += 1;
    for (let index = 0; index < count; index += 1) {
      const at = PAGE_HEADER_BYTES + page.readUInt16LE(PAGE_HEADER_BYTES + index * 2);
      if (at + NODE_HEADER_BYTES > page.length) throw new Damage(`page ${number} has a wild node`);
      if (isLeaf) visitLeaf(page, at);
      else await walk(childOf(page, at), depth + 1);
    }
  };

  if (tree.root !== undefined) await walk(tree.root, 1);
  for (const part of ['branchPages', 'leafPages', 'overflowPages', 'entries'] as const) {
    if (seen[part] !== tree[part]) {
      throw new Damage(`${seen[part]} ${part} where ${tree[part]} are written down`);
    }
  }
};

/** 48 bits of a page's number, in a branch's node. */
const childOf = (page: Buffer, at: number): number =>
  page.readUInt32LE(at) + page.readUInt16LE(at + 4) * 2 ** 32;

const compare = (left: Buffer, right: Buffer, asIntegers: boolean): number => {
  if (!asIntegers) return Buffer.compare(left, right);
  if (left.length !== 8 || right.length !== 8) throw new Damage('a key is no number');
  return left.readBigUInt64LE(0) < right.readBigUInt64LE(0) ? -1 : 1;
};
