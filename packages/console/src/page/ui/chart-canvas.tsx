/** Draws a chart with ECharts: the one file that loads it. Why and when is chart.tsx. */
import { BarChart, LineChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
} from 'echarts/components';
import { type EChartsType, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useIsDark } from '../theme.ts';
import { chartOption } from './chart-option.ts';
import type { ChartProps } from './chart-props.ts';
import { readColors } from './colors.ts';

use([
  ...[BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent],
  ...[TooltipComponent, CanvasRenderer],
]);

const ChartCanvas = (props: ChartProps) => {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(null);
  const dark = useIsDark();
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = init(element, null, { renderer: 'canvas' });
    chart.current = made;
    const sizes = new ResizeObserver(() => made.resize());
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      made.dispose();
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other colours are another drawing
  useEffect(() => {
    chart.current?.setOption(chartOption(props, readColors()), { notMerge: true });
  }, [props, dark]);
  return <div ref={place} style={{ height: '100%' }} />;
};

export default ChartCanvas;
