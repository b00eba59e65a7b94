import { Dialog, Switch } from 'radix-ui';
import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import { KeyboardIcon } from './icons.tsx';

const SHORTCUTS: readonly { readonly keys: readonly string[]; readonly does: string }[] = [
  { keys: ['Ctrl', 'Shift', 'C'], does: 'Copy what is selected' },
  { keys: ['Ctrl', 'Shift', 'V'], does: 'Paste' },
  { keys: ['Ctrl', 'Shift', 'F6'], does: 'Leave the terminal, or come back to it' },
  { keys: ['Shift', 'Page Up'], does: 'Scroll back' },
  { keys: ['Shift', 'drag'], does: 'Select while a program uses the mouse' },
];

function ScreenReaderSwitch(): ReactNode {
  const screenReader = useUi((state) => state.screenReader);
  const setScreenReader = useUi((state) => state.setScreenReader);
  return (
    <div className="switch-row">
      <label htmlFor="screen-reader-switch">
        <span className="switch-label">Screen reader support</span>
        <span className="switch-hint">
          Terminal lines become text that a reader can walk through.
        </span>
      </label>
      <Switch.Root
        id="screen-reader-switch"
        className="switch"
        checked={screenReader}
        onCheckedChange={setScreenReader}
      >
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
    </div>
  );
}

/** The keys that the page keeps for itself, and help for screen readers. */
export function KeysDialog(): ReactNode {
  return (
    <Dialog.Root>
      <Dialog.Trigger className="icon-button" aria-label="Keys and access" title="Keys and access">
        <KeyboardIcon />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-veil" />
        <Dialog.Content className="dialog" aria-describedby="keys-text">
          <Dialog.Title className="dialog-title">Keys and access</Dialog.Title>
          <p id="keys-text" className="dialog-text">
            The terminal passes every key on to the machine, Tab included, except these:
          </p>
          <table className="keys-table">
            <tbody>
              {SHORTCUTS.map(({ keys, does }) => (
                <tr key={does}>
                  <th scope="row">
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </th>
                  <td>{does}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <ScreenReaderSwitch />
          <div className="dialog-actions">
            <Dialog.Close className="button" data-kind="primary">
              Done
            </Dialog.Close>
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
