/**
 * Who takes one task more than the others. Of each group of like tasks every member that may have them takes
 * the same number, and some take one more; which ones is chosen so that, in this order of weight, the members'
 * totals are even, as little as possible moves, and the totals of processes are even.
 *
 * An assignment problem with convex costs, solved exactly by successive cheapest paths through a network
 * source -> group -> member -> process -> sink (Ahuja, Magnanti, Orlin, Network Flows, 1993, ch. 9 and 14).
 */
export interface ExtrasProblem {
  /** By group: how many extra tasks it has, fewer than candidates. */
  readonly extras: readonly number[];
  /** By group, then member: what it is worth that this member takes one, 0 or more; undefined: it cannot. */
  readonly worth: readonly (readonly (number | undefined)[])[];
  /** By member: tasks it has besides. */
  readonly load: readonly number[];
  /** By member: the number of its process, counted from 0. */
  readonly process: readonly number[];
}

/** Units go one after the other, each at its own cost, which never falls: the next forward, the last one back. */
interface Edge {
  readonly to: number;
  readonly capacity: number;
  readonly costOf: (unit: number) => number;
  /** The same edge, seen from its other end. */
  readonly isBack: boolean;
  readonly flow: { units: number };
  readonly from: number;
}

const costOf = ({ isBack, costOf, flow }: Edge): number =>
  isBack ? -costOf(flow.units - 1) : costOf(flow.units);

const isFree = ({ isBack, capacity, flow }: Edge): boolean =>
  isBack ? flow.units > 0 : flow.units < capacity;

const createNetwork = (nodes: number) => {
  const edges: Edge[][] = Array.from({ length: nodes }, () => []);
  return {
    edges,
    connect(from: number, to: number, capacity: number, costOf: Edge['costOf']): Edge {
      const edge: Edge = { from, to, capacity, costOf, isBack: false, flow: { units: 0 } };
      edges[from]!.push(edge);
      edges[to]!.push({ ...edge, from: to, to: from, isBack: true });
      return edge;
    },
  };
};

/** Sends one unit over the cheapest path (Bellman, Ford, with a queue); false when there is none. */
const augment = (edges: readonly (readonly Edge[])[], source: number, sink: number): boolean => {
  const distance = edges.map(() => Number.POSITIVE_INFINITY);
  const into: (Edge | undefined)[] = edges.map(() => undefined);
  const queue = [source];
  const isQueued = new Set(queue);
  distance[source] = 0;
  for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
    isQueued.delete(node);
    for (const edge of edges[node]!) {
      if (!isFree(edge)) continue;
      const reached = distance[node]! + costOf(edge);
      if (reached >= distance[edge.to]!) continue;
      distance[edge.to] = reached;
      into[edge.to] = edge;
      if (!isQueued.has(edge.to)) {
        isQueued.add(edge.to);
        queue.push(edge.to);
      }
    }
  }
  if (into[sink] === undefined) return false;
  for (let edge: Edge | undefined = into[sink]; edge; edge = into[edge.from]) {
    edge.flow.units += edge.isBack ? -1 : 1;
  }
  return true;
};

/** By group, then member: whether it takes an extra task of the group. */
export const spreadExtras = (problem: ExtrasProblem): boolean[][] => {
  const { extras, worth, load, process } = problem;
  const [groups, members] = [extras.length, load.length];
  const processes = Math.max(-1, ...process) + 1;
  const wanted = extras.reduce((sum, one) => sum + one, 0);
  const [source, sink] = [groups + members + processes, groups + members + processes + 1];
  const network = createNetwork(sink + 1);
  const highest = Math.max(0, ...worth.flat().map((one) => one ?? 0));
  // One of each weighs more than all that the weights after it can come to together.
  const worthCost = wanted * (load.reduce((sum, one) => sum + one, 0) + wanted) + 1;
  const loadCost = (wanted * highest + 1) * worthCost;

  const processLoads = Array.from({ length: processes }, () => 0);
  load.forEach((own, member) => {
    processLoads[process[member]!]! += own;
  });
  const taken = worth.map((ofGroup, group) => {
    network.connect(source, group, extras[group]!, () => 0);
    return ofGroup.map((value, member) => {
      if (value === undefined) return undefined;
      return network.connect(group, groups + member, 1, () => (highest - value) * worthCost);
    });
  });
  load.forEach((own, member) => {
    const [from, to] = [groups + member, groups + members + process[member]!];
    network.connect(from, to, groups, (unit) => (own + unit) * loadCost);
  });
  processLoads.forEach((own, index) => {
    network.connect(groups + members + index, sink, wanted, (unit) => own + unit);
  });
  for (let unit = 0; unit < wanted && augment(network.edges, source, sink); unit += 1);
  return taken.map((ofGroup) => ofGroup.map((edge) => edge?.flow.units === 1));
};
