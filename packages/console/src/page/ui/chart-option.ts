/** A chart's data as ECharts wants to be told. */
import type { EChartsCoreOption } from 'echarts/core';
import { formatClock, formatExact } from '../format/times.ts';
import type { ChartProps } from './chart-props.ts';
import type { Colors } from './colors.ts';

interface TooltipPoint {
  readonly seriesName: string;
  readonly value: readonly [number, number | null];
}

/** Below so many measured points each is marked. */
const lonePoints = 30;
const dashes = ['solid', 'dashed', 'dotted'] as const;

/** Lines differ by dash as well as by colour. */
export const chartOption = (props: ChartProps, colors: Colors): EChartsCoreOption => {
  const { lines, format, kind = 'line', level } = props;
  const text = { color: colors.muted, fontSize: 11, fontFamily: 'system-ui, sans-serif' };
  return {
    animation: false,
    color: [...colors.series],
    grid: { left: 8, right: 16, top: lines.length > 1 ? 34 : 14, bottom: 6, containLabel: true },
    ...(lines.length > 1 && {
      legend: { top: 2, left: 4, icon: 'rect', itemWidth: 12, itemHeight: 3, textStyle: text },
    }),
    tooltip: {
      trigger: 'axis',
      // on the canvas: as HTML it would set styles that the page's policy forbids
      renderMode: 'richText',
      backgroundColor: colors.surface,
      borderColor: colors.line,
      textStyle: { ...text, color: colors.text, fontSize: 12 },
      formatter: (points: readonly TooltipPoint[]) =>
        [
          formatExact(points[0]?.value[0] ?? 0),
          ...points.map(({ seriesName, value }) =>
            value[1] === null ? `${seriesName}  –` : `${seriesName}  ${format(value[1])}`,
          ),
        ].join('\n'),
    },
    xAxis: {
      type: 'time',
      axisLine: { lineStyle: { color: colors.line } },
      axisTick: { show: false },
      axisLabel: { ...text, hideOverlap: true, formatter: timeLabel(lines) },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min: 0,
      splitNumber: 3,
      axisLabel: { ...text, formatter: format },
      splitLine: { lineStyle: { color: colors.line } },
    },
    series: lines.map(({ name, series }, index) => ({
      name,
      type: kind,
      data: series.atMs.map((atMs, at) => [atMs, series.values[at] ?? null]),
      // a line needs two neighbours; a lone point is seen by its mark
      showSymbol: series.values.filter((value) => value !== null).length < lonePoints,
      symbolSize: 5,
      sampling: 'max',
      barMaxWidth: 12,
      lineStyle: { width: 1.6, type: dashes[index % dashes.length] },
      ...(kind === 'line' && index === 0 && { areaStyle: { opacity: 0.1 } }),
      ...(index === 0 &&
        level !== undefined && {
          markLine: {
            silent: true,
            symbol: 'none',
            lineStyle: { color: colors.bad, type: 'dashed' },
            label: { ...text, formatter: level.name, position: 'insideEndTop' },
            data: [{ yAxis: level.value }],
          },
        }),
    })),
  };
};

const dayMs = 86_400_000;
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** Hours within two days, else dates. */
const timeLabel = (lines: ChartProps['lines']) => {
  const times = lines.flatMap(({ series }) => [series.atMs[0] ?? 0, series.atMs.at(-1) ?? 0]);
  const span = Math.max(...times) - Math.min(...times);
  return (atMs: number) => (span > 2 * dayMs ? day.format(atMs) : formatClock(atMs).slice(0, 5));
};
