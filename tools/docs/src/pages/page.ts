/**
 * A page of the documentation as data: title, headings with the anchors that GitHub gives them, links, code blocks with
 * the marks that stand above them. Read once, by markdown-it; the checks and the site both work on this. Reads text, no files.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import { createSlugger } from './slug.ts';

export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly anchor: string;
}

export interface Link {
  /** As it is written: relative path, URL or `#anchor`. */
  readonly target: string;
  readonly line: number;
}

export interface Block {
  /** What stands behind the opening fence, e.g. `sh`; empty where nothing does. */
  readonly language: string;
  readonly code: string;
  /** Of the first line of code, from 1. */
  readonly line: number;
  /** The HTML comment right above the block, without its arrows. */
  readonly mark?: string;
}

export interface Page {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
  /** The text of the first heading of level 1; empty where there is none. */
  readonly title: string;
  readonly headings: readonly Heading[];
  readonly links: readonly Link[];
  readonly blocks: readonly Block[];
  /** Code within lines, with the line of its paragraph. */
  readonly inlineCode: readonly { readonly text: string; readonly line: number }[];
}

const comment = /^<!--(?!\s*page:)\s*([\s\S]*?)\s*-->\s*$/;

/** The parser of every page. HTML is taken as GitHub takes it; the site lets comments and anchors through alone. */
export const createParser = () => MarkdownIt({ html: true, linkify: false });

/** Reads a page. A comment marks a block when nothing but blank lines stands between the two. */
export function readPage(path: string, text: string): Page {
  const slug = createSlugger();
  const headings: Heading[] = [];
  const links: Link[] = [];
  const blocks: Block[] = [];
  const inlineCode: { text: string; line: number }[] = [];
  let mark: string | undefined;
  const tokens = createParser().parse(text, {});
  for (const [index, token] of tokens.entries()) {
    const line = (token.map?.[0] ?? 0) + 1;
    if (token.type === 'html_block') {
      mark = comment.exec(token.content)?.[1] ?? mark;
      continue;
    }
    if (token.type === 'fence') {
      const language = token.info.trim();
      blocks.push({ language, code: token.content, line: line + 1, ...(mark ? { mark } : {}) });
    }
    if (token.type === 'heading_open') {
      const words = plainText(tokens[index + 1]);
      headings.push({ level: Number(token.tag.slice(1)), text: words, anchor: slug(words) });
    }
    for (const child of token.children ?? []) {
      if (child.type === 'link_open')
        links.push({ target: String(child.attrGet('href') ?? ''), line });
      if (child.type === 'image') links.push({ target: String(child.attrGet('src') ?? ''), line });
      if (child.type === 'code_inline') inlineCode.push({ text: child.content, line });
    }
    mark = undefined;
  }
  const title = headings.find(({ level }) => level === 1)?.text ?? '';
  return { path, text, title, headings, links, blocks, inlineCode };
}

/** What a reader sees of a heading's line, without marks. */
export const plainText = (inline: Token | undefined): string =>
  (inline?.children ?? [])
    .map((child) =>
      child.type === 'softbreak' ? ' ' : child.type === 'html_inline' ? '' : child.content,
    )
    .join('')
    .trim();
