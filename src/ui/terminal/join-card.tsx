import type { ReactNode } from 'react';
import { useTandem, useUi } from '../context.ts';
import { BrandMark } from '../parts/brand-mark.tsx';
import { StateIconView } from '../parts/icons.tsx';
import { isBlind } from '../state/protection-slice.ts';
import { faceOf } from '../words/machine.ts';

function OwnMachine({ primary }: { readonly primary: boolean }): ReactNode {
  const { session } = useTandem();
  return (
    <button
      type="button"
      className="button"
      data-kind={primary ? 'primary' : undefined}
      onClick={() => {
        session.pair.leave();
      }}
    >
      Start a new machine here
    </button>
  );
}

/** Over the terminal of a tab that was invited, while there is no machine to see. */
export function JoinCard(): ReactNode {
  const machine = useUi((state) => state.machine);
  const status = useUi((state) => state.pairStatus);
  const follows = machine.kind === 'remote' || machine.kind === 'waiting';
  // Before the pair's first word an invited tab is looking, too.
  const blind = status === undefined ? machine.kind === 'remote' : isBlind(status);
  if (!follows || !blind) return null;
  const face = faceOf(machine, status);
  if (status?.word === 'lost' || status?.word === 'ended') {
    return (
      <div className="card-place" data-veiled="true">
        <div className="problem-card" role="alert" data-tone={face.tone}>
          <h2 className="problem-title">
            <StateIconView icon={face.icon} />
            {status.word === 'lost' ? 'The machine is lost' : 'The machine has ended'}
          </h2>
          <p>{status.sentence}</p>
          <div className="problem-actions">
            <OwnMachine primary />
          </div>
        </div>
      </div>
    );
  }
  return (
    <div className="card-place" data-veiled="true">
      <div className="start-card" data-moving="true">
        <BrandMark />
        <p className="start-stage">{face.sentence}</p>
        <p className="start-notice">That tab has to be open, in this browser, and has to run it.</p>
        <OwnMachine primary={false} />
      </div>
    </div>
  );
}
