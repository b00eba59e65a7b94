import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import { BrandMark } from '../parts/brand-mark.tsx';
import { progressWords, stageWords } from '../words/machine.ts';
import { ProgressBar } from './progress-bar.tsx';

/** Over the empty terminal while the machine is fetched. A cold boot speaks for itself. */
export function StartCard(): ReactNode {
  const machine = useUi((state) => state.machine);
  if (machine.kind === 'waiting') {
    return <div className="card-place" />;
  }
  if (machine.kind !== 'starting') return null;
  if (machine.stage === 'boot' && machine.mode === 'cold') return null;
  return (
    <div className="card-place">
      <div className="start-card" data-moving="true">
        <BrandMark />
        <p className="start-stage">{stageWords(machine)}</p>
        <ProgressBar share={machine.share} label={stageWords(machine)} />
        <p className="start-figures">{progressWords(machine)}</p>
        {machine.notice !== undefined && <p className="start-notice">{machine.notice}</p>}
      </div>
    </div>
  );
}
