import { AlertDialog } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import { useTandem } from '../context.ts';
import { RestartIcon } from './icons.tsx';

/** Asks before the machine is thrown away, then starts another. */
export function RestartDialog(): ReactNode {
  const { session, terminal } = useTandem();
  const [open, setOpen] = useState(false);
  const restart = (cold: boolean): void => {
    void session.restart({ cold });
  };
  return (
    <AlertDialog.Root open={open} onOpenChange={setOpen}>
      <AlertDialog.Trigger className="button">
        <RestartIcon />
        Restart…
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="dialog-veil" />
        <AlertDialog.Content
          className="dialog"
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            terminal.focus();
          }}
        >
          <AlertDialog.Title className="dialog-title">Restart the machine?</AlertDialog.Title>
          <AlertDialog.Description className="dialog-text">
            Everything in it is thrown away: files, programs, what is on the screen. A fresh machine
            takes its place, at the shell prompt at once or booting from power-on.
          </AlertDialog.Description>
          <div className="dialog-actions">
            <AlertDialog.Cancel className="button">Keep it running</AlertDialog.Cancel>
            <AlertDialog.Action
              className="button"
              onClick={() => {
                restart(true);
              }}
            >
              Boot from power-on
            </AlertDialog.Action>
            <AlertDialog.Action
              className="button"
              data-kind="primary"
              onClick={() => {
                restart(false);
              }}
            >
              Restart
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
