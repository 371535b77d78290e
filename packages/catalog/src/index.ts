export type {
  CatalogFlow,
  CatalogInput,
  CatalogTransform,
  Observation,
  ObservedVersion,
  Seen,
} from './catalog-input.ts';
export { catalogEntries, catalogEntry, catalogPage } from './catalog-page.ts';
export { describeFields } from './describe-fields.ts';
export { type AsyncApiOptions, asyncApiDocument } from './export/async-api.ts';
export { type DcatOptions, dcatCatalog } from './export/dcat.ts';
export { judgeImpact, type ProposedFile } from './judge-impact.ts';
export { groupAsSeen } from './name-participants.ts';
export { schemaChanges } from './schema-changes.ts';
export { type CatalogSearch, createCatalogSearch, searchDocument } from './search-catalog.ts';
export { renderSite, type SiteFile, type SiteOptions } from './site/render-site.ts';
export { searchLibraryUrl } from './site/search-library.ts';
export { versionFile } from './version-file.ts';
