/** The services' declarations for tests, loaded by path as the reference pages load them. */
import type { ConfigDeclaration } from '@millrace/runtime';

const root = new URL('../../../services/', import.meta.url);
const names = ['cdc', 'ingest', 'quality', 'sink', 'stream-transform'] as const;

const isDeclaration = (value: unknown): value is ConfigDeclaration =>
  typeof value === 'object' && value !== null && 'service' in value && 'settings' in value;

/** Config of each service by its name. */
export const loadConfigs = async (): Promise<Readonly<Record<string, ConfigDeclaration>>> =>
  Object.fromEntries(
    await Promise.all(
      names.map(async (name) => {
        const module = (await import(new URL(`${name}/src/config.ts`, root).href)) as object;
        const found = Object.values(module).find(isDeclaration);
        if (found === undefined) throw new Error(`${name} declares no settings`);
        return [name, found] as const;
      }),
    ),
  );
