import { useEffect, useRef, useState, type ReactNode } from 'react';
import type uPlot from 'uplot';
import { useTandem, useUi } from '../context.ts';
import type { TimedSample } from '../session/sample-ring.ts';
import {
  captionOf,
  chartDataOf,
  type CaptionPart,
  type ChartData,
  type Column,
} from './chart-data.ts';
import { CHARTS, type ChartSpec } from './chart-specs.ts';
import { CHART_HEIGHT, createPlot } from './plot.ts';
import { summaryWords } from './summary.ts';

/** Charts are drawn this often: smooth to the eye, and far below ten a second (R12). */
const DRAW_PERIOD_MS = 250;

interface View {
  readonly data: ChartData;
  readonly samples: readonly TimedSample[];
  readonly nowMs: number;
}

/** The last minute, renewed while it is looked at. */
function useView(): View {
  const { session } = useTandem();
  const [view, setView] = useState<View>(() => viewOf(session.pair.samples.list()));
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setView(viewOf(session.pair.samples.list()));
    }, DRAW_PERIOD_MS);
    return () => {
      clearInterval(timer);
    };
  }, [session]);
  return view;
}

function viewOf(samples: readonly TimedSample[]): View {
  const nowMs = Date.now();
  return { data: chartDataOf(samples, CHARTS, nowMs), samples, nowMs };
}

interface ChartProps {
  readonly spec: ChartSpec;
  readonly seconds: number[];
  readonly lines: readonly Column[];
  readonly marks: readonly number[];
  readonly cursor: number | undefined;
  readonly onCursor: (index: number | undefined) => void;
}

/** The values, each beside the colour of its line. */
function Caption({ parts }: { readonly parts: readonly CaptionPart[] }): ReactNode {
  return (
    <span className="chart-newest">
      {parts.length === 0 && 'nothing yet'}
      {parts.map(({ token, text }) => (
        <span key={token} className="chart-part">
          <span className="chart-key" style={{ background: `var(${token})` }} />
          {text}{' '}
        </span>
      ))}
    </span>
  );
}

/** A chart with its newest values in words; the picture itself is for eyes only. */
function Chart({ spec, seconds, lines, marks, cursor, onCursor }: ChartProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const present = useRef(marks);
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const created = createPlot({ spec, place: element, marks: () => present.current, onCursor });
    plot.current = created;
    const observer = new ResizeObserver(() => {
      created.setSize({ width: Math.max(1, element.clientWidth), height: CHART_HEIGHT });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      created.destroy();
      plot.current = undefined;
    };
  }, [spec, onCursor]);
  useEffect(() => {
    present.current = marks;
    plot.current?.setData([seconds, ...lines]);
  }, [seconds, lines, marks]);
  return (
    <figure className="chart">
      <figcaption>
        <span className="chart-name" title={spec.hint}>
          {spec.name}
        </span>
        <Caption parts={captionOf(spec, lines, cursor)} />
      </figcaption>
      <div
        ref={place}
        className="chart-place"
        style={{ height: CHART_HEIGHT }}
        aria-hidden="true"
      />
    </figure>
  );
}

/** All charts: one time axis, one cursor, and a line wherever the machine changed its place. */
export function Charts(): ReactNode {
  const { data, samples, nowMs } = useView();
  const takeovers = useUi((state) => state.takeovers);
  const [cursor, setCursor] = useState<number>();
  const marks = takeovers.map(({ wallMs }) => (wallMs - nowMs) / 1000);
  return (
    <>
      <p className="charts-summary">{summaryWords(samples)}</p>
      <div className="charts">
        {CHARTS.map((spec, index) => (
          <Chart
            key={spec.id}
            spec={spec}
            seconds={data.seconds}
            lines={data.columns[index] ?? []}
            marks={marks}
            cursor={cursor}
            onCursor={setCursor}
          />
        ))}
      </div>
    </>
  );
}
