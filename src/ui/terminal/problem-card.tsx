import { useEffect, useRef, type ReactNode } from 'react';
import { useTandem, useUi } from '../context.ts';
import { StateIconView } from '../parts/icons.tsx';
import type { MachineView } from '../state/machine-slice.ts';

/** A crash that was asked for is no fault: it says where the machine is now. */
function CrashCard({ wayBack }: { readonly wayBack: string | undefined }): ReactNode {
  const { session } = useTandem();
  const goesOn = wayBack !== undefined;
  const way = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // The button that crashed the tab is gone, and the focus with it.
    way.current?.focus();
  }, []);
  return (
    <div className="card-place" data-veiled="true">
      <div className="problem-card" role="alert" data-tone="violet">
        <h2 className="problem-title">
          <StateIconView icon="failed" />
          This tab has crashed, as you asked
        </h2>
        <p>
          {goesOn
            ? 'The machine goes on in the standby’s tab, from where it was. Look there.'
            : 'Nobody stood by: the machine and all that it held are gone.'}
        </p>
        <div className="problem-actions">
          <button
            ref={way}
            type="button"
            className="button"
            data-kind="primary"
            onClick={() => {
              if (goesOn) session.pair.comeBack();
              else session.pair.leave();
            }}
          >
            {goesOn ? 'Come back as its standby' : 'Start a new machine here'}
          </button>
        </div>
      </div>
    </div>
  );
}

function titleOf(machine: MachineView): string {
  if (machine.kind !== 'failed') return 'This page cannot run it';
  return machine.lived ? 'The machine stopped' : 'The machine did not start';
}

/** What is the matter and what to do about it, in place of a machine. */
export function ProblemCard(): ReactNode {
  const { session } = useTandem();
  const machine = useUi((state) => state.machine);
  const crashed = useUi((state) => state.crashed);
  if (machine.kind !== 'failed' && machine.kind !== 'unsupported') return null;
  if (crashed !== undefined) return <CrashCard wayBack={crashed.wayBack} />;
  const { message, advice } = machine.kind === 'failed' ? machine : machine.problem;
  return (
    <div className="card-place" data-veiled="true">
      <div className="problem-card" role="alert" data-tone="red">
        <h2 className="problem-title">
          <StateIconView icon="failed" />
          {titleOf(machine)}
        </h2>
        <p>{message}</p>
        <p className="problem-advice">{advice}</p>
        <div className="problem-actions">
          {machine.kind === 'failed' && (
            <button
              type="button"
              className="button"
              data-kind="primary"
              onClick={() => void session.restart()}
            >
              Try again
            </button>
          )}
          <button
            type="button"
            className="button"
            onClick={() => {
              location.reload();
            }}
          >
            Reload the page
          </button>
          {session.invited && (
            <button
              type="button"
              className="button"
              onClick={() => {
                session.pair.leave();
              }}
            >
              Start a new machine here
            </button>
          )}
        </div>
      </div>
    </div>
  );
}
