/**
 * Definitions of the kinds that operators bring, as they publish them: the API server then judges our objects as a cluster would that has those
 * operators. Some come in the Go modules of their projects; the rest are files that somebody has put into a folder.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { moduleFolder } from '../engine/module-folder.ts';

/** What the chart makes when it is asked to: modules, and the files in them. */
const modules: Readonly<Record<string, readonly string[]>> = {
  'github.com/prometheus-operator/prometheus-operator@v0.85.0': [
    'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml',
    'example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml',
  ],
  'github.com/kedacore/keda/v2@v2.21.0': [
    'config/crd/bases/keda.sh_scaledobjects.yaml',
    'config/crd/bases/keda.sh_triggerauthentications.yaml',
  ],
  'sigs.k8s.io/gateway-api@v1.4.1': [
    'config/crd/standard/gateway.networking.k8s.io_httproutes.yaml',
  ],
};

const objectsOf = (file: string): readonly object[] =>
  parseAllDocuments(readFileSync(file, 'utf8'))
    .map((document) => document.toJS() as object | null)
    .filter((object) => object !== null);

/** Of Prometheus' operator, KEDA and the Gateway API. Downloads their modules once. */
export const definitionsOfModules = async (): Promise<readonly object[]> => {
  const found = Object.entries(modules).map(async ([module, files]) => {
    const folder = await moduleFolder(module);
    return files.flatMap((file) => objectsOf(join(folder, file)));
  });
  return (await Promise.all(found)).flat();
};

/** Of the operators that charts/millrace/examples are for, which publish them in their repositories alone. */
export const definitionsOfFolder = (folder: string): readonly object[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .flatMap((name) => objectsOf(join(folder, name)));
