import type { ReactNode } from 'react';
import type { Face } from '../words/face.ts';
import { StateIconView } from './icons.tsx';

/** A state in one breath: its colour, its picture and its word. */
export function StateBadge({ face }: { readonly face: Face }): ReactNode {
  return (
    <span className="state-badge" data-tone={face.tone}>
      <StateIconView icon={face.icon} />
      {face.word}
    </span>
  );
}
