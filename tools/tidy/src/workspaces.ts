/** The npm workspaces of the tree, as their package.json files declare them. */
export interface Workspace {
  /** Relative to the root, e.g. `packages/kafka`. */
  readonly directory: string;
  readonly name: string;
  readonly manifest: Manifest;
}

export interface Manifest {
  readonly name?: string;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifestPath = /^((?:packages|services|tools)\/[^/]+|tests)\/package\.json$/;

export function findWorkspaces(
  files: readonly { readonly path: string; readonly text: string }[],
): Workspace[] {
  return files.flatMap(({ path, text }) => {
    const directory = manifestPath.exec(path)?.[1];
    if (directory === undefined) return [];
    const manifest = JSON.parse(text) as Manifest;
    return [{ directory, name: manifest.name ?? directory, manifest }];
  });
}

/** The npm package a bare specifier names: `@scope/x/deep` → `@scope/x`. Undefined for paths and node: modules. */
export function packageOf(specifier: string): string | undefined {
  if (/^(\.|\/|#|node:)/.test(specifier)) return undefined;
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}
