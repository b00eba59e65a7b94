import { AlertDialog } from 'radix-ui';
import type { ReactNode } from 'react';
import { useTandem, useUi } from '../context.ts';

const CRASH_WORDS = {
  safe: 'Ends this tab’s workers, as a crash would. The standby goes on.',
  bare: 'Ends this tab’s workers, as a crash would. Nobody stands by: the machine would be gone.',
} as const;

/** Asks first: without a standby a crash is the machine's end. */
function DangerousCrash(): ReactNode {
  const { session } = useTandem();
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger className="button" data-kind="danger" aria-describedby="crash-words">
        Crash this tab
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="dialog-veil" />
        <AlertDialog.Content className="dialog">
          <AlertDialog.Title className="dialog-title">Lose the machine?</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">
            Nobody stands by for this machine now. If this tab crashes, the machine and all that it
            holds are gone. Add a standby first, and the machine outlives the crash.
          </AlertDialog.Description>
          <div className="dialog-actions">
            <AlertDialog.Cancel className="button" data-kind="primary">
              Keep it running
            </AlertDialog.Cancel>
            <AlertDialog.Action
              className="button"
              data-kind="danger"
              onClick={() => {
                session.pair.crash();
              }}
            >
              Crash and lose it
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

function SafeCrash(): ReactNode {
  const { session } = useTandem();
  return (
    <button
      type="button"
      className="button"
      aria-describedby="crash-words"
      onClick={() => {
        session.pair.crash();
      }}
    >
      Crash this tab
    </button>
  );
}

/** What the machine survives, to be tried out. Shown where the machine runs. */
export function TrialSection(): ReactNode {
  const { session } = useTandem();
  const safe = useUi(({ pairStatus }) => pairStatus?.word === 'protected');
  return (
    <section className="panel-section" aria-labelledby="trial-heading">
      <h2 id="trial-heading" className="panel-heading">
        See what it survives
      </h2>
      <div className="trial">
        <p id="crash-words" className="trial-words">
          {safe ? CRASH_WORDS.safe : CRASH_WORDS.bare}
        </p>
        {safe ? <SafeCrash /> : <DangerousCrash />}
      </div>
      <div className="trial">
        <p id="hand-over-words" className="trial-words">
          {safe
            ? 'Moves the machine to the standby’s tab on purpose. Nothing is lost.'
            : 'Once a standby protects the machine, it can move there on purpose.'}
        </p>
        <button
          type="button"
          className="button"
          aria-describedby="hand-over-words"
          disabled={!safe}
          onClick={() => {
            session.pair.handOver();
          }}
        >
          Hand over
        </button>
      </div>
    </section>
  );
}
