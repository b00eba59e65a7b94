import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import { StateIconView } from '../parts/icons.tsx';
import { faceOf } from '../words/machine.ts';

/** Who protects the machine, first in words. Shown while there is a machine to protect. */
export function ProtectionSection(): ReactNode {
  const machine = useUi((state) => state.machine);
  const protection = useUi((state) => state.protection);
  const face = faceOf(machine, protection);
  return (
    <section className="panel-section protection" data-tone={face.tone} aria-label="Protection">
      <h2 className="protection-word">
        <StateIconView icon={face.icon} />
        {face.word}
      </h2>
      <p className="protection-sentence">{face.sentence}</p>
    </section>
  );
}
