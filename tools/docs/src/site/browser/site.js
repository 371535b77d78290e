/** The site's one script: menu, light and dark, search. The index is loaded when somebody begins to search. */
(() => {
  const root = document.documentElement.dataset.root;
  const byId = (id) => document.getElementById(id);

  const saved = () => {
    try {
      return localStorage.getItem('theme');
    } catch {
      return null; // a browser that keeps nothing follows the system
    }
  };
  const isDark = () =>
    (document.documentElement.dataset.theme ??
      (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
  if (saved() !== null) document.documentElement.dataset.theme = saved();
  byId('theme').addEventListener('click', () => {
    const theme = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem('theme', theme);
    } catch {
      // it holds for this page
    }
  });

  byId('menu').addEventListener('click', () => {
    const isOpen = document.body.classList.toggle('menu');
    byId('menu').setAttribute('aria-expanded', String(isOpen));
  });
  const nav = byId('nav');
  const here = nav.querySelector('[aria-current]');
  if (here !== null) nav.scrollTop = here.offsetTop - nav.clientHeight / 2;

  const input = byId('search');
  const found = byId('found');
  let loading;
  const script = (file) =>
    new Promise((resolve, reject) => {
      const element = document.createElement('script');
      element.src = root + file;
      element.addEventListener('load', resolve);
      element.addEventListener('error', reject);
      document.head.append(element);
    });
  const load = () => {
    loading ??= Promise.all([script('minisearch.js'), script('search-index.js')]).then(() =>
      // fields as in search-index.ts
      MiniSearch.loadJS(window.millraceIndex, {
        fields: ['title', 'page', 'text'],
        storeFields: ['title', 'page', 'url'],
      }),
    );
    return loading;
  };
  const item = ({ url, title, page }) => {
    const link = document.createElement('a');
    link.href = root + url;
    link.textContent = title;
    if (page !== title) {
      const where = document.createElement('small');
      where.textContent = page;
      link.append(where);
    }
    return link;
  };
  const show = async () => {
    const words = input.value.trim();
    const search = await load();
    if (words !== input.value.trim()) return;
    const options = { prefix: true, fuzzy: 0.2, combineWith: 'AND', boost: { title: 4, page: 2 } };
    const results = words === '' ? [] : search.search(words, options).slice(0, 12);
    const nothing = document.createElement('p');
    nothing.textContent = 'Nothing found.';
    found.replaceChildren(...(results.length > 0 ? results.map(item) : [nothing]));
    found.hidden = words === '';
  };
  input.addEventListener('focus', load);
  input.addEventListener('input', show);
  document.addEventListener('keydown', (event) => {
    const links = [...found.querySelectorAll('a')];
    const at = links.indexOf(document.activeElement);
    if (event.key === '/' && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      input.focus();
    } else if (event.key === 'Escape') found.hidden = true;
    else if (found.hidden || links.length === 0) return;
    else if (event.key === 'ArrowDown') (links[at + 1] ?? links[0]).focus();
    else if (event.key === 'ArrowUp') (links[at - 1] ?? input).focus();
    else if (event.key === 'Enter' && document.activeElement === input) links[0].click();
    else return;
    event.preventDefault();
  });
  document.addEventListener('click', (event) => {
    if (!event.target.closest('.search')) found.hidden = true;
  });
})();
