import { Tooltip } from 'radix-ui';
import type { ReactNode } from 'react';

interface TermProps {
  readonly word: string;
  /** What it means, for whoever asks. */
  readonly hint: string;
}

/** A word that explains itself when pointed at or focused. */
export function Term({ word, hint }: TermProps): ReactNode {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger className="term">{word}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tooltip" side="left" sideOffset={10} collisionPadding={12}>
          {hint}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
