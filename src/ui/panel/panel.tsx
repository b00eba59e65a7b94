import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import { RestartDialog } from '../parts/restart-dialog.tsx';
import { MachineSection } from './machine-section.tsx';
import { ProtectionSection } from './protection-section.tsx';
import { TrySection } from './try-section.tsx';

/** The panel's id, where the skip link and Ctrl-Shift-F6 lead. */
export const PANEL_ID = 'panel';

/** The answers, in words before charts. The pair's dashboard adds its sections here. */
export function Panel(): ReactNode {
  const kind = useUi((state) => state.machine.kind);
  return (
    <aside id={PANEL_ID} className="panel" aria-label="About this machine" tabIndex={-1}>
      <ProtectionSection />
      {kind !== 'unsupported' && kind !== 'failed' && <MachineSection />}
      {kind === 'running' && (
        <>
          <TrySection />
          <div className="panel-actions">
            <RestartDialog />
          </div>
        </>
      )}
    </aside>
  );
}
