/**
 * A block of shell as simple commands with their words: enough of POSIX sh for what documentation shows (quotes, comments,
 * here documents, pipes, lists, substitutions). Loops and functions are read as commands of their words. Nothing is
 * expanded or run.
 */
export interface SimpleCommand {
  /** Names set in front of it, and all of it when nothing follows: `A=1 cmd`. */
  readonly assignments: readonly string[];
  readonly words: readonly string[];
  /** Of the block, from 0. */
  readonly line: number;
}

interface Reader {
  readonly text: string;
  at: number;
  line: number;
}

const operator = /^(?:&&|\|\||;;|[|&;()\n])/;
/** `> file`, `2>&1`, `< file`; a placeholder such as `<id>` is a word. */
const redirection = /^\d*(?:>>|>&|<&|>|<)[ \t]*/;
const hereDocument = /^<<-?[ \t]*(['"]?)(\w+)\1/;
const placeholder = /^<[a-z][a-z -]*>/;
const assignment = /^([A-Za-z_]\w*)=/;

/** @throws Error when a quote or substitution is not closed */
export function shellCommands(text: string): readonly SimpleCommand[] {
  const reader: Reader = { text, at: 0, line: 0 };
  const commands: SimpleCommand[] = [];
  const pending: string[] = [];
  let words: string[] = [];
  let line = 0;
  const end = () => {
    const names = words.findIndex((word) => !assignment.test(word));
    const count = names === -1 ? words.length : names;
    const assignments = words.slice(0, count).map((word) => assignment.exec(word)?.[1] ?? '');
    if (words.length > 0) commands.push({ assignments, words: words.slice(count), line });
    words = [];
  };
  while (reader.at < text.length) {
    const rest = text.slice(reader.at);
    const found = operator.exec(rest)?.[0];
    if (found !== undefined) {
      end();
      advance(reader, found.length);
      if (found === '\n') skipDocuments(reader, pending);
    } else if (/^[ \t]|^\\\n/.test(rest)) advance(reader, rest.startsWith('\\') ? 2 : 1);
    else if (rest.startsWith('#')) advance(reader, (/^[^\n]*/.exec(rest)?.[0] ?? '').length);
    else if (hereDocument.test(rest)) {
      const [whole = '', , name = ''] = hereDocument.exec(rest) ?? [];
      pending.push(name);
      advance(reader, whole.length);
    } else if (redirection.test(rest) && !placeholder.test(rest)) {
      advance(reader, (redirection.exec(rest)?.[0] ?? '').length);
      readWord(reader, commands);
    } else {
      if (words.length === 0) line = reader.line;
      words.push(readWord(reader, commands));
    }
  }
  end();
  return commands;
}

function advance(reader: Reader, count: number): void {
  for (const character of reader.text.slice(reader.at, reader.at + count))
    if (character === '\n') reader.line += 1;
  reader.at += count;
}

/** Over the lines of here documents whose operators stood on the line before. */
function skipDocuments(reader: Reader, pending: string[]): void {
  for (const name of pending.splice(0)) {
    const close = new RegExp(`^\\t*${name}$`, 'm').exec(reader.text.slice(reader.at));
    if (close === null) throw new Error(`the here document ${name} is not closed`);
    advance(reader, close.index + close[0].length);
  }
}

/** One word, its quotes taken away; what is substituted in it is read as commands, too. */
function readWord(reader: Reader, commands: SimpleCommand[]): string {
  let word = '';
  while (reader.at < reader.text.length) {
    const rest = reader.text.slice(reader.at);
    const character = rest[0] ?? '';
    const named = placeholder.exec(rest)?.[0];
    if (named !== undefined) word += take(reader, named.length);
    else if (/[\s|&;()<>]/.test(character)) break;
    else if (character === "'") word += quoted(reader, rest.indexOf("'", 1));
    else if (character === '"') {
      const inside = quoted(reader, closingQuote(rest));
      substitutions(inside, reader.line, commands);
      word += inside;
    } else if (rest.startsWith('$(')) {
      const whole = take(reader, closingParenthesis(rest));
      substitutions(whole, reader.line, commands);
      word += whole;
    } else if (character === '\\') {
      advance(reader, 1);
      const next = take(reader, 1);
      word += next === '\n' ? '' : next;
    } else word += take(reader, 1);
  }
  return word;
}

function take(reader: Reader, count: number): string {
  const taken = reader.text.slice(reader.at, reader.at + count);
  advance(reader, count);
  return taken;
}

function quoted(reader: Reader, close: number): string {
  if (close < 1)
    throw new Error(`a quote is not closed: ${reader.text.slice(reader.at, reader.at + 30)}`);
  return take(reader, close + 1).slice(1, -1);
}

const closingQuote = (text: string): number => {
  for (let at = 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return -1;
};

/** The length of `$( … )` at the beginning of the text. */
const closingParenthesis = (text: string): number => {
  let depth = 0;
  for (let at = 1; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new Error(`a substitution is not closed: ${text.slice(0, 30)}`);
};

function substitutions(text: string, line: number, commands: SimpleCommand[]): void {
  let length = 1;
  for (let at = text.indexOf('$('); at !== -1; at = text.indexOf('$(', at + length)) {
    length = closingParenthesis(text.slice(at));
    if (text[at + 2] === '(') continue; // arithmetic
    for (const command of shellCommands(text.slice(at + 2, at + length - 1)))
      commands.push({ ...command, line: line + command.line });
  }
}
