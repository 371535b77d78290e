import { type KeyPart, keyOfParts } from '../key-of.ts';
import type { NameOperator } from '../operator.ts';
import type { KeyedStoreSpec } from '../stores/store.ts';
import type { ForeignKeyRequest } from './foreign-key-messages.ts';

/** Which row of the right table a left row wants. */
export interface ForeignKeyRequests<L> {
  readonly keyOf: (row: L, key: string) => KeyPart | readonly KeyPart[];
  readonly kind: 'inner' | 'left';
}

/** What a left row wants, null being none. */
interface Wanted {
  readonly foreignKey: string | null;
}

/**
 * Tells the right table's partitions which left row wants which key. Versions only ever grow within a task,
 * and a left row stays in its task, so a later request of a row has the higher one, also after it was gone.
 */
export const foreignKeyRequestsOperator =
  <L>({ keyOf, kind }: ForeignKeyRequests<L>): NameOperator =>
  (name) => {
    const wantedSpec: KeyedStoreSpec<Wanted> = { kind: 'keyed', name, shape: 'wanted:v1' };
    const versionSpec: KeyedStoreSpec<number> = {
      kind: 'keyed',
      name: `${name}-version`,
      shape: 'version:v1',
    };
    return {
      kind: 'foreign-key',
      stores: [wantedSpec, versionSpec],
      shape: kind,
      create: ({ keyed, emit, skip }) => {
        const wanted = keyed(wantedSpec);
        const versions = keyed(versionSpec);
        const nextVersion = (): number => {
          const version = (versions.get('') ?? 0) + 1;
          versions.set('', version);
          return version;
        };
        return {
          process: (flow) => {
            const { key: row, value, timeMs, watermarkMs } = flow;
            if (row === null) {
              skip('no-key');
              return;
            }
            const send = (key: string, request: ForeignKeyRequest): void =>
              emit({ key, value: request, timeMs, watermarkMs });
            const before = wanted.get(row);
            const foreignKey = value === null ? null : keyOfParts(keyOf(value as L, row));
            const gone = foreignKey === null && (value === null || kind === 'inner');
            if (gone && before === undefined) return;
            const version = nextVersion();
            const left = before?.foreignKey ?? null;
            if (gone) {
              wanted.delete(row);
              send(left ?? row, { kind: 'drop', row, gone: true, version });
              return;
            }
            wanted.set(row, { foreignKey });
            if (left !== null && left !== foreignKey) {
              send(left, { kind: 'drop', row, gone: false, version });
            }
            if (foreignKey === null) send(row, { kind: 'alone', row, value, version });
            else send(foreignKey, { kind: 'set', row, value, version });
          },
        };
      },
    };
  };
