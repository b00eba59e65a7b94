import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import { FailoverTimeline } from '../dashboard/failover-timeline.tsx';
import { StateIconView } from '../parts/icons.tsx';
import { formatMs } from '../words/milliseconds.ts';
import { takeoverSentence, WHY_WORDS } from '../words/pair.ts';
import { BigFigure } from './big-figure.tsx';

/** What the last takeover cost: two large figures for everybody, the steps for who wants them. */
export function TakeoverSection(): ReactNode {
  const takeover = useUi((state) => state.takeovers.at(-1));
  const here = useUi((state) => state.machine.kind === 'running');
  if (takeover === undefined) return null;
  const { failover } = takeover;
  const planned = failover.why === 'hand-over';
  return (
    <section className="panel-section takeover" data-tone="violet" aria-labelledby="takeover-word">
      <h2 id="takeover-word" className="protection-word">
        <StateIconView icon="deciding" />
        {planned ? 'Handed over' : 'Taken over'}
      </h2>
      <p className="protection-sentence">{takeoverSentence(failover, here)}</p>
      <dl className="big-figures">
        <BigFigure
          term="Downtime"
          value={formatMs(failover.downtimeMs)}
          plain="the machine stood still"
          hint="From the last sign of life of the old tab to the first instruction in the new one."
        />
        <BigFigure
          term="Exposure"
          value={formatMs(failover.exposureMs)}
          plain="of work was at risk"
          hint="Work of the old tab after its last committed checkpoint: at most this much was lost. Nobody had seen any output of it."
        />
      </dl>
      <details className="takeover-details">
        <summary>How it went, step by step</summary>
        <p className="takeover-why">Why the old tab was given up: {WHY_WORDS[failover.why]}.</p>
        <FailoverTimeline failover={failover} />
      </details>
    </section>
  );
}
