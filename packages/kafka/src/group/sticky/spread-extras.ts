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

interface Edge {
  readonly to: number;
  readonly cost: number;
  free: number;
  back: Edge | undefined;
}

const createNetwork = (nodes: number) => {
  const edges: Edge[][] = Array.from({ length: nodes }, () => []);
  return {
    edges,
    connect(from: number, to: number, cost: number): Edge {
      const edge: Edge = { to, cost, free: 1, back: undefined };
      const back: Edge = { to: from, cost: -cost, free: 0, back: edge };
      edge.back = back;
      edges[from]!.push(edge);
      edges[to]!.push(back);
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
      const reached = distance[node]! + edge.cost;
      if (edge.free === 0 || reached >= distance[edge.to]!) continue;
      distance[edge.to] = reached;
      into[edge.to] = edge;
      if (!isQueued.has(edge.to)) {
        isQueued.add(edge.to);
        queue.push(edge.to);
      }
    }
  }
  if (into[sink] === undefined) return false;
  for (let edge: Edge | undefined = into[sink]; edge; edge = into[edge.back!.to]) {
    edge.free -= 1;
    edge.back!.free += 1;
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
    for (let unit = 0; unit < extras[group]!; unit += 1) network.connect(source, group, 0);
    return ofGroup.map((value, member) =>
      value === undefined
        ? undefined
        : network.connect(group, groups + member, (highest - value) * worthCost),
    );
  });
  load.forEach((own, member) => {
    const [from, to] = [groups + member, groups + members + process[member]!];
    for (let unit = 0; unit < Math.min(groups, wanted); unit += 1) {
      network.connect(from, to, (own + unit) * loadCost);
    }
  });
  processLoads.forEach((own, index) => {
    const reachable = process.filter((one) => one === index).length * groups;
    for (let unit = 0; unit < Math.min(reachable, wanted); unit += 1) {
      network.connect(groups + members + index, sink, own + unit);
    }
  });
  for (let unit = 0; unit < wanted && augment(network.edges, source, sink); unit += 1);
  return taken.map((ofGroup) => ofGroup.map((edge) => edge?.free === 0));
};
