/** A query's answer as a chart: the first column along the bottom, numbers as lines over time, else as bars. */
import type { SqlResult } from '@millrace/operations';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { formatShort } from '../format/numbers.ts';
import { numberOf } from '../map/map-columns.ts';
import { useIsDark } from '../theme.ts';
import { type Colors, readColors } from '../ui/colors.ts';
import { valueText } from '../ui/value-table.tsx';

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

const linesMax = 5;

const optionOf = ({ columns, rows }: SqlResult, colors: Colors): EChartsCoreOption => {
  const isNumber = (index: number) => numberOf(rows[0]?.[index]) !== undefined;
  const along = Math.max(
    0,
    columns.findIndex((_, index) => !isNumber(index)),
  );
  const drawn = columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ index }) => index !== along && isNumber(index))
    .slice(0, linesMax);
  const overTime = /Date/.test(columns[along]?.type ?? '');
  const text = { color: colors.muted, fontSize: 11 };
  return {
    animation: false,
    color: [...colors.series],
    grid: { left: 12, right: 20, top: 36, bottom: 12, containLabel: true },
    legend: { top: 6, textStyle: text },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      backgroundColor: colors.surface,
      borderColor: colors.line,
      textStyle: { color: colors.text, fontSize: 12 },
    },
    xAxis: {
      type: 'category',
      data: rows.map((row) => valueText(row[along])),
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: colors.line } },
    },
    yAxis: {
      type: 'value',
      axisLabel: { ...text, formatter: formatShort },
      splitLine: { lineStyle: { color: colors.line } },
    },
    series: drawn.map(({ name, index }) => ({
      name,
      type: overTime ? 'line' : 'bar',
      data: rows.map((row) => numberOf(row[index]) ?? null),
      showSymbol: false,
      barMaxWidth: 28,
    })),
  };
};

const ResultChart = ({ result }: { result: SqlResult }) => {
  const place = useRef<HTMLDivElement>(null);
  const dark = useIsDark();
  // biome-ignore lint/correctness/useExhaustiveDependencies: other colours are another drawing
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const chart = init(element, null, { renderer: 'canvas' });
    chart.setOption(optionOf(result, readColors()));
    const sizes = new ResizeObserver(() => chart.resize());
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      chart.dispose();
    };
  }, [result, dark]);
  return (
    <div
      ref={place}
      className="chart"
      role="img"
      aria-label="The result as a chart; the table lists it"
      style={{ height: 360 }}
    />
  );
};

export default ResultChart;
