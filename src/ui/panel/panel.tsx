import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import { Dashboard } from '../dashboard/dashboard.tsx';
import { RestartDialog } from '../parts/restart-dialog.tsx';
import { isLive, type MachineView } from '../state/machine-slice.ts';
import { isBlind } from '../state/protection-slice.ts';
import { MachineSection } from './machine-section.tsx';
import { ProtectionSection } from './protection-section.tsx';
import { TakeoverSection } from './takeover-section.tsx';
import { TrialSection } from './trial-section.tsx';
import { TrySection } from './try-section.tsx';

/** The panel's id, where the skip link and Ctrl-Shift-F6 lead. */
export const PANEL_ID = 'panel';

/** A machine that is not live is shown while it starts here, and after it ran here. */
const HERE: readonly MachineView['kind'][] = ['waiting', 'starting', 'halted'];

/** The answers, in words before charts. */
export function Panel(): ReactNode {
  const kind = useUi((state) => state.machine.kind);
  const live = useUi(({ machine, pairStatus }) => isLive(machine) && !isBlind(pairStatus));
  return (
    <aside id={PANEL_ID} className="panel" aria-label="About this machine" tabIndex={-1}>
      <ProtectionSection />
      <TakeoverSection />
      {kind === 'running' && <TrialSection />}
      {live && <Dashboard />}
      {(live || HERE.includes(kind)) && <MachineSection />}
      {live && <TrySection />}
      {kind === 'running' && (
        <div className="panel-actions">
          <RestartDialog />
        </div>
      )}
    </aside>
  );
}
