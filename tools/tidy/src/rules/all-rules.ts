import type { Rule } from '../rule.ts';
import { commandsRunRule } from './commands-run.ts';
import { declaredDependenciesRule } from './declared-dependencies.ts';
import { entryPointsRule } from './entry-points.ts';
import { errorCodesRule } from './error-codes.ts';
import { explainedRule } from './explained.ts';
import { guaranteesRule } from './guarantees.ts';
import { honestTestsRule } from './honest-tests.ts';
import { importCyclesRule } from './import-cycles.ts';
import { linksRule } from './links.ts';
import { lockfileRule } from './lockfile.ts';
import { machinePathsRule } from './machine-paths.ts';
import { manifestsRule } from './manifests.ts';
import { namesRule } from './names.ts';
import { publicDocsRule } from './public-docs.ts';
import { ranksRule } from './ranks.ts';
import { reachablePagesRule } from './reachable-pages.ts';
import { serviceFaceRule } from './service-face.ts';
import { sizeRule } from './size.ts';
import { soleImportersRule } from './sole-importers.ts';
import { supplyChainRule } from './supply-chain.ts';

/** Every rule of the house, in the order they are reported. */
export const allRules: readonly Rule[] = [
  ranksRule,
  entryPointsRule,
  soleImportersRule,
  declaredDependenciesRule,
  importCyclesRule,
  namesRule,
  sizeRule,
  serviceFaceRule,
  explainedRule,
  publicDocsRule,
  errorCodesRule,
  guaranteesRule,
  linksRule,
  commandsRunRule,
  reachablePagesRule,
  machinePathsRule,
  manifestsRule,
  lockfileRule,
  supplyChainRule,
  honestTestsRule,
];
