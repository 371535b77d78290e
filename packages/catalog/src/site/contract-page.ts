/** The page of one contract. */
import type { CatalogField, CatalogPage, Participant, SchemaVersion } from '@millrace/operations';
import { type Content, type Html, html } from './html.ts';
import { lineageSection } from './lineage-section.ts';
import { bytesText, countText, momentText, pageFrame } from './page-frame.ts';

const section = (id: string, title: string, content: Content): Html =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;

const table = (name: string, heads: readonly string[], rows: readonly Html[]): Html =>
  html`<div class="scroll${heads.length > 4 && ' wide'}" role="region" aria-label="${name}" tabindex="0"><table>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;

const fact = (name: string, value: Content): Html =>
  html`<div><dt>${name}</dt><dd>${value}</dd></div>`;

const badges = ({ status, source, role, classification, tags, condition }: CatalogPage): Html => {
  const tone = { ok: 'good', warn: 'warn', bad: 'bad', unknown: '' }[condition];
  return html`<ul class="badges"><li class="${status === 'active' ? '' : 'warn'}">${status}</li>
${condition !== 'unknown' && html`<li class="${tone}">${condition}</li>`}<li>${source}</li>
${role !== null && html`<li>${role}</li>`}<li>${classification}</li>${tags.map((tag) => html`<li>#${tag}</li>`)}</ul>`;
};

const facts = (page: CatalogPage): Html => html`<dl class="facts">
${fact('Owner', page.owner)}
${fact('Topic', html`<code>${page.topic}</code>`)}
${page.view !== null && fact('View', html`<code>${page.view}</code>`)}
${page.key.length > 0 && fact('Key', html`<code>${page.key.join(', ')}</code>`)}
${fact('Version', page.version)}
${fact('Compatibility', page.compatibility)}
${
  page.observedMs !== null && [
    fact('Last event', momentText(page.lastEventMs)),
    page.view !== null && fact('Rows', countText(page.rows)),
    page.view !== null && fact('Size', bytesText(page.bytes)),
  ]
}</dl>`;

const endingNotice = ({ ending, status }: CatalogPage): Html | false => {
  if (ending === null)
    return (
      status === 'deprecated' && html`<p class="notice">Deprecated: do not begin to use it.</p>`
    );
  const { supportEnds, ends, replacedBy } = ending;
  return html`<p class="notice">${ends === null ? 'It is to end.' : `It goes away on ${ends}.`}
${supportEnds !== null && ` Nobody answers for it from ${supportEnds} on.`}
${replacedBy !== null && html` Go to <a href="${replacedBy}.html">${replacedBy}</a>.`}</p>`;
};

const fieldRow = (field: CatalogField): Html => html`<tr><th scope="row"><code>${field.name}</code>
${field.businessName !== null && html`<br><span class="soft">${field.businessName}</span>`}</th>
<td><code>${field.type}</code>${field.columnType !== null && html`<br><code class="soft">${field.columnType}</code>`}</td>
<td>${field.description}${
  field.examples.length > 0 &&
  html`<br><span class="soft">e.g. <code>${field.examples
    .slice(0, 3)
    .map((one) => JSON.stringify(one))
    .join(', ')}</code></span>`
}</td>
<td>${[
  field.isKey && 'key',
  field.isUnique && 'unique',
  field.isCritical && 'critical',
  field.required ? false : 'may be null',
  ...field.tags,
]
  .filter((one) => one !== false)
  .join(', ')}</td>
<td>${field.classification}</td></tr>`;

const peopleSection = (page: CatalogPage): Html | false => {
  const { usage, limitations, contacts, members, links } = page;
  if (
    usage === null &&
    limitations === null &&
    contacts.length + members.length + links.length === 0
  )
    return false;
  const linkOf = (url: string | null, text: string) =>
    url !== null && /^(https?|mailto):/.test(url) ? html`<a href="${url}">${text}</a>` : text;
  return section(
    'use',
    'How to use it',
    html`${usage !== null && html`<p>${usage}</p>`}
${limitations !== null && html`<p><strong>Limits.</strong> ${limitations}</p>`}
${
  contacts.length > 0 &&
  html`<h3>Whom to ask</h3><ul>${contacts.map(
    ({ channel, url, description }) =>
      html`<li>${linkOf(url, channel)}${description !== null && ` – ${description}`}</li>`,
  )}</ul>`
}
${
  members.length > 0 &&
  html`<h3>The team</h3><ul>${members.map(
    ({ name, role }) => html`<li>${name}${role !== null && `, ${role}`}</li>`,
  )}</ul>`
}
${
  links.length > 0 &&
  html`<h3>More</h3><ul>${links.map(
    ({ url, type, description }) =>
      html`<li>${linkOf(url, description ?? url)} <span class="soft">${type}</span></li>`,
  )}</ul>`
}`,
  );
};

const objectiveRow = ({ name, promised, observed, met }: CatalogPage['objectives'][number]): Html =>
  html`<tr><th scope="row">${name}</th><td>${promised}</td><td>${observed ?? 'not measured'}</td>
<td class="${met === null ? '' : met ? 'good' : 'bad'}">${met === null ? '' : met ? 'met' : 'not met'}</td></tr>`;

const participantRow = ({ name, kind, seen, declared, lastMs }: Participant): Html =>
  html`<tr><th scope="row">${name}</th><td>${kind}</td><td>${declared ? 'declared' : 'only seen'}</td>
<td>${seen ? momentText(lastMs) : 'not seen'}</td></tr>`;

const participants = (page: CatalogPage): Html => html`
<h3>Who sends</h3>${page.producers.length === 0 ? html`<p class="soft">Nobody was seen.</p>` : table('Who sends', ['Name', 'Kind', 'Known', 'Last seen'], page.producers.map(participantRow))}
<h3>Who reads</h3>${page.consumers.length === 0 ? html`<p class="soft">Nobody was seen.</p>` : table('Who reads', ['Name', 'Kind', 'Known', 'Last seen'], page.consumers.map(participantRow))}`;

const versionItem = ({
  version,
  schemaId,
  changes,
  registeredMs,
}: SchemaVersion): Html => html`<details>
<summary>Version ${version} <span class="soft">id ${schemaId}${registeredMs !== null && `, ${momentText(registeredMs)}`}</span></summary>
${
  changes.length === 0
    ? html`<p class="soft">The first, or nothing by name.</p>`
    : html`<ul>${changes.map(
        ({ rule, message, breaking }) =>
          html`<li>${breaking && html`<strong class="bad">breaking</strong> `}${message} <span class="soft">${rule}</span></li>`,
      )}</ul>`
}</details>`;

const settingRows = (settings: Readonly<Record<string, string>>): readonly Html[] =>
  Object.entries(settings).map(
    ([name, value]) =>
      html`<tr><th scope="row"><code>${name}</code></th><td><code>${value}</code></td></tr>`,
  );

export const contractPage = (page: CatalogPage, siteTitle: string, madeAt: string): Html =>
  pageFrame(
    { siteTitle, title: page.title ?? page.id, root: '../', madeAt },
    html`<h1>${page.title ?? page.id}</h1><p class="id"><code>${page.id}</code></p>
<p class="lead">${page.description}</p>${badges(page)}${endingNotice(page)}${facts(page)}
${section('fields', 'Fields', table('Table of fields', ['Field', 'Type, column', 'Meaning', 'Notes', 'Who may read'], page.fields.map(fieldRow)))}
${peopleSection(page)}
${section('lineage', 'Where it comes from and goes to', lineageSection(page))}
${section(
  'query',
  'How to query it',
  page.howToQuery.map(
    ({ title, text }) =>
      html`<details><summary>${title}</summary><pre tabindex="0"><code>${text}</code></pre></details>`,
  ),
)}
${section('people', 'Who sends and who reads', participants(page))}
${section('objectives', 'What it promises', table('Promises', ['Promise', 'In words', 'Observed', 'Met'], page.objectives.map(objectiveRow)))}
${page.versions.length > 0 && section('history', 'History of the schema', page.versions.toReversed().map(versionItem))}
${section(
  'settings',
  'Settings',
  html`<details><summary>Topic</summary>${table('Settings of the topic', ['Setting', 'Value'], settingRows(page.topicSettings))}</details>
${page.view !== null && html`<details><summary>Table</summary>${table('Settings of the table', ['Setting', 'Value'], settingRows(page.tableSettings))}</details>`}`,
)}`,
  );
