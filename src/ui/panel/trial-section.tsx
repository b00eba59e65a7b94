import { AlertDialog } from 'radix-ui';
import { useRef, useState, type ReactNode } from 'react';
import { useTandem, useUi } from '../context.ts';

const CRASH_WORDS = {
  safe: 'Ends this tab’s workers, as a crash would. The standby goes on.',
  bare: 'Ends this tab’s workers, as a crash would. Nobody stands by: the machine would be gone.',
} as const;

interface LoseDialogProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly onClosed: () => void;
}

/** Asks first: without a standby a crash is the machine's end. */
function LoseDialog({ open, onOpenChange, onClosed }: LoseDialogProps): ReactNode {
  const { session } = useTandem();
  return (
    <AlertDialog.Root open={open} onOpenChange={onOpenChange}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="dialog-veil" />
        <AlertDialog.Content
          className="dialog"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            onClosed();
          }}
        >
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

/** One button whatever the protection, so that it keeps its focus when that changes. */
function CrashButton({ safe }: { readonly safe: boolean }): ReactNode {
  const { session } = useTandem();
  const [asks, setAsks] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="button"
        data-kind={safe ? undefined : 'danger'}
        aria-describedby="crash-words"
        onClick={() => {
          if (safe) session.pair.crash();
          else setAsks(true);
        }}
      >
        Crash this tab
      </button>
      <LoseDialog
        open={asks}
        onOpenChange={setAsks}
        onClosed={() => {
          button.current?.focus();
        }}
      />
    </>
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
        <CrashButton safe={safe} />
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
