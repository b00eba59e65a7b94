import { useEffect, useRef, type ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { useTandem, useUi } from '../context.ts';
import { StateIconView } from '../parts/icons.tsx';
import { faceOf } from '../words/machine.ts';

/** Below the last words of a machine that stopped: why, and a new one. The screen stays readable. */
export function HaltBanner(): ReactNode {
  const { session, terminal } = useTandem();
  const machine = useUi((state) => state.machine);
  const status = useUi((state) => state.pairStatus);
  const setTab = useUi((state) => state.setTab);
  const restartButton = useRef<HTMLButtonElement>(null);
  const halted = machine.kind === 'halted';
  useEffect(() => {
    if (halted) restartButton.current?.focus();
  }, [halted]);
  if (!halted) return null;
  const face = faceOf(machine, status);
  const { reason } = machine;
  return (
    <div
      className="halt-banner"
      data-tone={face.tone}
      role="group"
      aria-label="The machine stopped"
    >
      <StateIconView icon={face.icon} />
      <p className="halt-message">{machine.message}</p>
      <div className="halt-actions">
        {reason.kind !== 'poweroff' && (
          <button
            type="button"
            className="button"
            onClick={() => {
              setTab('kernel-log');
            }}
          >
            Kernel log
          </button>
        )}
        <button
          ref={restartButton}
          type="button"
          className="button"
          data-kind="primary"
          onClick={() => {
            // A hidden terminal takes no focus: show it first.
            flushSync(() => {
              setTab('terminal');
            });
            void session.restart();
            terminal.focus();
          }}
        >
          Start it again
        </button>
      </div>
    </div>
  );
}
