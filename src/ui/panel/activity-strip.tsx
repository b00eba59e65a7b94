import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import { ACTIVITY_SAMPLES } from '../state/figures-slice.ts';
import { activityWords } from '../words/activity.ts';

const HEIGHT = 36;
const BAR = 3;
const STEP = 5;
/** An idle second is still a second: it leaves a trace. */
const MINIMUM_BAR = 1.5;

function barPath(activity: readonly number[]): string {
  return activity
    .map((load, index) => {
      const height = Math.max(MINIMUM_BAR, load * HEIGHT);
      return `M${index * STEP} ${HEIGHT - height}h${BAR}v${height}h-${BAR}z`;
    })
    .join('');
}

/** How busy the last minute was, a bar a second, and the same in words. */
export function ActivityStrip(): ReactNode {
  const activity = useUi((state) => state.activity);
  return (
    <figure className="activity">
      <svg
        className="activity-bars"
        viewBox={`0 0 ${ACTIVITY_SAMPLES * STEP - (STEP - BAR)} ${HEIGHT}`}
        preserveAspectRatio="none"
        aria-hidden="true"
        focusable="false"
      >
        <path d={barPath(activity)} />
      </svg>
      <figcaption>{activityWords(activity)}</figcaption>
    </figure>
  );
}
