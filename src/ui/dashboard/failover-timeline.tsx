import type { ReactNode } from 'react';
import type { Failover } from '../../host/browser/pair-types.ts';
import { formatMs } from '../words/milliseconds.ts';
import { timelineOf } from './timeline.ts';

/** The steps of a takeover, each with the time that it took, drawn to scale beside the words. */
export function FailoverTimeline({ failover }: { readonly failover: Failover }): ReactNode {
  const steps = timelineOf(failover);
  const total = Math.max(steps.at(-1)?.atMs ?? 0, Number.MIN_VALUE);
  return (
    <ol className="timeline">
      {steps.map(({ name, atMs, sinceMs }, index) => (
        <li key={name} className="timeline-step">
          <span className="timeline-name">{name}</span>
          <span className="timeline-time">{index === 0 ? 'begins' : `+${formatMs(sinceMs)}`}</span>
          <span className="timeline-track" aria-hidden="true">
            <span
              className="timeline-bar"
              style={{
                left: `${((atMs - sinceMs) / total) * 100}%`,
                width: `${(sinceMs / total) * 100}%`,
              }}
            />
          </span>
        </li>
      ))}
    </ol>
  );
}
