import type { ReactNode } from 'react';
import { Term } from '../parts/term.tsx';

interface BigFigureProps {
  /** The field's own word; it explains itself when pointed at or focused. */
  readonly term: string;
  readonly value: string;
  /** What the figure says, for who does not know the word. */
  readonly plain: string;
  readonly hint: string;
}

/** One of the figures that count: large, with a plain sentence below it. */
export function BigFigure({ term, value, plain, hint }: BigFigureProps): ReactNode {
  return (
    <div className="big-figure">
      <dt>
        <Term word={term} hint={hint} />
      </dt>
      <dd>
        <span className="big-figure-value">{value}</span>
        <span className="big-figure-plain">{plain}</span>
      </dd>
    </div>
  );
}
