/**
 * The map of what flows: sources, topics, services, transforms, tables and dead letters, with what passes each arrow. It joins
 * what contracts and transforms declare with what groups do; what neither declares nor reads a topic is not on it.
 */
import { type Contract, deadTopic } from '@millrace/contracts';
import {
  type ConditionState,
  type FlowEdge,
  type FlowMap,
  type FlowNode,
  type GroupLag,
  gravest,
  type TopicLag,
} from '@millrace/operations';
import type { ProjectTransform } from './project-transforms.ts';

export interface FlowSights {
  readonly atMs: number;
  readonly contracts: readonly Contract[];
  readonly transforms: readonly ProjectTransform[];
  readonly groups: readonly GroupLag[];
  readonly sinkGroup: string;
  /** The topic is there. */
  exists(topic: string): boolean;
  perSecond(topic: string): number | null;
  /** Dead letters of a service in the last hour; null when not known. */
  dead(topic: string): number | null;
  conditionOf(group: GroupLag, lag: TopicLag): ConditionState;
}

interface Canvas {
  node(node: Partial<FlowNode> & Pick<FlowNode, 'id' | 'kind' | 'label'>): string;
  edge(edge: Partial<FlowEdge> & Pick<FlowEdge, 'from' | 'to'>): void;
  finish(atMs: number): FlowMap;
}

const createCanvas = (): Canvas => {
  const nodes = new Map<string, FlowNode>();
  const edges = new Map<string, FlowEdge>();
  return {
    node(node) {
      const empty = { subject: null, condition: 'unknown', perSecond: null } as const;
      if (!nodes.has(node.id)) nodes.set(node.id, { ...empty, ...node });
      return node.id;
    },
    edge(edge) {
      const empty = {
        ...{ perSecond: null, lagRecords: null, lagSeconds: null, errors: null },
        condition: 'ok' as const,
      };
      edges.set(`${edge.from} ${edge.to}`, { ...empty, ...edge });
    },
    finish: (atMs) => ({ atMs, nodes: [...nodes.values()], edges: [...edges.values()] }),
  };
};

/** Topics of the platform's and the broker's own are inside a service, not between two. */
const isInternal = (topic: string): boolean => topic.startsWith('_');

const drawTopic = (canvas: Canvas, sights: FlowSights, name: string): string => {
  const contract = sights.contracts.find(({ topic }) => topic.name === name);
  return canvas.node({
    ...{ id: `topic:${name}`, kind: 'topic', label: contract?.id ?? name },
    ...{ subject: contract?.id ?? null, perSecond: sights.perSecond(name) },
    condition: sights.exists(name) ? 'ok' : 'unknown',
  });
};

/** What a topic's records come from. */
const drawOrigin = (canvas: Canvas, sights: FlowSights, { source, topic }: Contract): void => {
  const perSecond = sights.perSecond(topic.name);
  const to = drawTopic(canvas, sights, topic.name);
  if (source.kind === 'derived') return;
  const [kind, name, service] =
    source.kind === 'event'
      ? (['producer', 'producers', 'ingest'] as const)
      : (['source', source.source, 'cdc'] as const);
  const from = canvas.node({ id: `${kind}:${name}`, kind, label: name });
  const through = canvas.node({ id: `service:${service}`, kind: 'service', label: service });
  canvas.edge({ from, to: through });
  canvas.edge({ from: through, to, perSecond });
};

const drawTable = (canvas: Canvas, sights: FlowSights, contract: Contract): void => {
  if (contract.warehouse === undefined) return;
  const group = sights.groups.find((one) => one.group === sights.sinkGroup);
  const lag = group?.topicLags.find((one) => one.topic === contract.topic.name);
  const condition =
    group === undefined || lag === undefined ? 'unknown' : sights.conditionOf(group, lag);
  const perSecond = lag?.consumedPerSecond ?? null;
  const from = canvas.node({
    ...{ id: 'service:sink', kind: 'service', label: 'sink', subject: sights.sinkGroup },
    condition: group?.condition ?? 'unknown',
  });
  const to = canvas.node({
    ...{ id: `table:${contract.warehouse.view}`, kind: 'table', label: contract.warehouse.view },
    ...{ subject: contract.id, perSecond, condition },
  });
  canvas.edge({ from, to, perSecond, condition });
};

const drawGroup = (canvas: Canvas, sights: FlowSights, group: GroupLag): void => {
  const transform = sights.transforms.find((one) => one.group === group.group);
  const name = transform?.name ?? (group.group === sights.sinkGroup ? 'sink' : group.group);
  const kind = transform === undefined ? 'service' : 'transform';
  const lags = group.topicLags.filter(({ topic }) => !isInternal(topic));
  if (lags.length === 0) return;
  const to = canvas.node({
    ...{ id: `${kind}:${name}`, kind, label: name, condition: group.condition },
    ...{ subject: group.group, perSecond: group.consumedPerSecond },
  });
  for (const lag of lags)
    canvas.edge({
      ...{ from: drawTopic(canvas, sights, lag.topic), to, perSecond: lag.consumedPerSecond },
      ...{ lagRecords: lag.records, lagSeconds: lag.seconds },
      condition: sights.conditionOf(group, lag),
    });
};

/** Also of transforms that do not run. */
const drawTransform = (canvas: Canvas, sights: FlowSights, transform: ProjectTransform): void => {
  const id = canvas.node({
    ...{ id: `transform:${transform.name}`, kind: 'transform', label: transform.name },
    subject: transform.group,
  });
  const read = sights.groups.find(({ group }) => group === transform.group)?.topics ?? [];
  for (const topic of transform.reads) {
    const from = drawTopic(canvas, sights, topic);
    if (!read.includes(topic)) canvas.edge({ from, to: id, condition: 'unknown' });
  }
  for (const topic of transform.writes)
    canvas.edge({
      ...{ from: id, to: drawTopic(canvas, sights, topic), perSecond: sights.perSecond(topic) },
    });
};

/** Letters of several transforms are on one topic, and then no arrow's alone. */
const drawDead = (canvas: Canvas, sights: FlowSights, service: string, from: readonly string[]) => {
  const topic = deadTopic(service);
  const errors = sights.dead(topic);
  if (!sights.exists(topic) || from.length === 0) return;
  const condition = errors === null ? 'unknown' : gravest([errors > 0 ? 'warn' : 'ok']);
  const to = canvas.node({
    ...{ id: `dead:${topic}`, kind: 'dead', label: topic, subject: service, condition },
    perSecond: sights.perSecond(topic),
  });
  for (const one of from)
    canvas.edge({ from: one, to, condition, errors: from.length === 1 ? errors : null });
};

export const flowMap = (sights: FlowSights): FlowMap => {
  const canvas = createCanvas();
  const { contracts, transforms } = sights;
  for (const group of sights.groups) drawGroup(canvas, sights, group);
  for (const contract of contracts) drawOrigin(canvas, sights, contract);
  for (const contract of contracts) drawTable(canvas, sights, contract);
  for (const transform of transforms) drawTransform(canvas, sights, transform);
  const has = (kind: Contract['source']['kind']) =>
    contracts.some(({ source }) => source.kind === kind);
  drawDead(canvas, sights, 'ingest', has('event') ? ['service:ingest'] : []);
  drawDead(canvas, sights, 'cdc', has('change') ? ['service:cdc'] : []);
  const hasTables = contracts.some(({ warehouse }) => warehouse !== undefined);
  drawDead(canvas, sights, 'sink', hasTables ? ['service:sink'] : []);
  const drawn = transforms.map(({ name }) => `transform:${name}`);
  drawDead(canvas, sights, 'stream-transform', drawn);
  return canvas.finish(sights.atMs);
};
