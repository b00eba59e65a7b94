import { Progress } from 'radix-ui';
import type { ReactNode } from 'react';

interface ProgressBarProps {
  /** 0 to 1; undefined when there is no telling. */
  readonly share: number | undefined;
  readonly label: string;
}

/** A bar that tells how far something is, or only that it goes on. */
export function ProgressBar({ share, label }: ProgressBarProps): ReactNode {
  const value = share === undefined ? null : Math.round(share * 100);
  return (
    <Progress.Root className="progress" value={value} aria-label={label}>
      <Progress.Indicator
        className="progress-fill"
        style={value === null ? undefined : { transform: `scaleX(${value / 100})` }}
      />
    </Progress.Root>
  );
}
