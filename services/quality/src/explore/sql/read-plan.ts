/** Which columns of which tables a plan reads, from `EXPLAIN PLAN json = 1, header = 1`. Pure. */

interface PlanNode {
  readonly 'Node Type'?: string;
  /** `database.table` of a step that reads. */
  readonly Description?: string;
  readonly Header?: readonly { readonly Name: string }[];
  readonly Plans?: readonly PlanNode[];
}

/** By `database.table`. What cannot be read as a plan reads nothing: then nobody knows. */
export const columnsRead = (text: string): ReadonlyMap<string, ReadonlySet<string>> => {
  const found = new Map<string, Set<string>>();
  const visit = ({ Description, Header = [], Plans = [], ...node }: PlanNode): void => {
    if (node['Node Type']?.startsWith('ReadFrom') === true && Description !== undefined) {
      const columns = found.get(Description) ?? new Set();
      for (const { Name } of Header) columns.add(Name);
      found.set(Description, columns);
    }
    for (const plan of Plans) visit(plan);
  };
  for (const plan of plansOf(text)) visit(plan);
  return found;
};

const plansOf = (text: string): readonly PlanNode[] => {
  try {
    const parsed = JSON.parse(text) as readonly { readonly Plan: PlanNode }[];
    return parsed.map(({ Plan }) => Plan);
  } catch {
    return [];
  }
};
