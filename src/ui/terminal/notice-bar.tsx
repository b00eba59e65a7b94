import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import { HINT_WORDS, progressWords, stageWords } from '../words/machine.ts';
import { ProgressBar } from './progress-bar.tsx';

/** A line above the terminal: how the boot goes, why the snapshot was not used, that keys wait. */
export function NoticeBar(): ReactNode {
  const machine = useUi((state) => state.machine);
  const hint = useUi((state) => state.hint);
  if (hint !== undefined) {
    return (
      <p className="notice" role="status">
        {HINT_WORDS[hint]}
      </p>
    );
  }
  if (machine.kind === 'starting' && machine.stage === 'boot') {
    const words = progressWords(machine);
    return (
      <div className="notice notice-boot">
        <span>{machine.notice ?? `${stageWords(machine)}.`}</span>
        <span className="notice-figures">{words}</span>
        <ProgressBar share={machine.share} label={stageWords(machine)} />
      </div>
    );
  }
  if (machine.kind === 'running' && machine.notice !== undefined) {
    return <p className="notice">{machine.notice}</p>;
  }
  return null;
}
