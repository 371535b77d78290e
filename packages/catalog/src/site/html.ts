/** HTML by template: what is put in is escaped unless it is HTML of this kind itself. */
export interface Html {
  readonly markup: string;
}

export type Content = Html | string | number | null | undefined | false | readonly Content[];

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => escapes[character]!);

const markupOf = (content: Content): string => {
  if (content === null || content === undefined || content === false) return '';
  if (typeof content === 'object')
    return 'markup' in content ? content.markup : content.map(markupOf).join('');
  return escapeHtml(String(content));
};

/** `` html`<p>${text}</p>` ``. Only for the content of elements and for attribute values in double quotes. */
export const html = (parts: TemplateStringsArray, ...contents: readonly Content[]): Html => ({
  markup: parts.reduce(
    (text, part, index) => text + part + (index < contents.length ? markupOf(contents[index]) : ''),
    '',
  ),
});
