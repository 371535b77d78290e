/** What the list's page runs in the browser: search over the index beside it. Works from `file://`, so nothing is fetched. */
import { searchOptions } from '../search-catalog.ts';

/** @param documents as JSON of `SearchDocument[]` */
export const searchData = (documents: string): string =>
  `window.catalogDocuments = ${documents.replaceAll('<', '\\u003c')};\n`;

export const searchScript = `(() => {
  const input = document.querySelector('.search');
  const list = document.querySelector('.entries');
  const status = document.querySelector('#found');
  const entries = new Map([...list.children].map((entry) => [entry.dataset.id, entry]));
  const order = [...entries.values()];
  const index = new MiniSearch(${JSON.stringify(searchOptions)});
  index.addAll(window.catalogDocuments);
  const show = () => {
    const text = input.value.trim();
    const found = text === '' ? null : index.search(text, { combineWith: 'AND' }).map(({ id }) => id);
    for (const entry of order) entry.hidden = found !== null && !found.includes(entry.dataset.id);
    for (const entry of found === null ? order : found.map((id) => entries.get(id))) list.append(entry);
    status.textContent = found === null ? '' : found.length + ' of ' + order.length;
    const url = new URL(location.href);
    if (text === '') url.searchParams.delete('q');
    else url.searchParams.set('q', text);
    history.replaceState(null, '', url);
  };
  input.closest('[hidden]')?.removeAttribute('hidden');
  input.value = new URL(location.href).searchParams.get('q') ?? '';
  input.addEventListener('input', show);
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && document.activeElement !== input) { event.preventDefault(); input.focus(); }
  });
  show();
})();
`;
