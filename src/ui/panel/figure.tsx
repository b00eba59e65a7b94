import { Tooltip } from 'radix-ui';
import type { ReactNode } from 'react';

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
        <Tooltip.Root>
          <Tooltip.Trigger className="term">{name}</Tooltip.Trigger>
          <Tooltip.Portal>
            <Tooltip.Content className="tooltip" side="left" sideOffset={10} collisionPadding={12}>
              {hint}
            </Tooltip.Content>
          </Tooltip.Portal>
        </Tooltip.Root>
      </dt>
      <dd>{value}</dd>
    </div>
  );
}
