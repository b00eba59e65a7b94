import type { ReactNode } from 'react';
import { Term } from '../parts/term.tsx';

interface FigureProps {
  readonly name: string;
  readonly value: string;
  /** What the figure means, for whoever asks. */
  readonly hint: string;
}

/** A figure with its name; the name explains itself when pointed at or focused. */
export function Figure({ name, value, hint }: FigureProps): ReactNode {
  return (
    <div className="figure">
      <dt>
        <Term word={name} hint={hint} />
      </dt>
      <dd>{value}</dd>
    </div>
  );
}
