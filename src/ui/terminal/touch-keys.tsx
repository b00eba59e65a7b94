import { useState, type ReactNode } from 'react';
import { useTandem, useUi } from '../context.ts';
import type { MachineView } from '../state/machine-slice.ts';
import { TOUCH_KEYS } from './keys.ts';

/** A machine in another tab takes keys as one in this tab does. */
const ALIVE: readonly MachineView['kind'][] = ['starting', 'running', 'remote'];

/** Keys that a phone's keyboard lacks; the style sheet shows them where the pointer is a finger. */
export function TouchKeys(): ReactNode {
  const { terminal } = useTandem();
  const alive = useUi(({ machine: { kind } }) => ALIVE.includes(kind));
  const [armed, setArmed] = useState(false);
  if (!alive) return null;
  const toggleControl = (): void => {
    if (armed) {
      terminal.disarmControl();
    } else {
      terminal.armControl(() => {
        setArmed(false);
      });
    }
    setArmed(!armed);
    terminal.focus();
  };
  return (
    <div className="touch-keys" role="toolbar" aria-label="Keys for the terminal">
      <button type="button" className="touch-key" aria-pressed={armed} onClick={toggleControl}>
        Ctrl
      </button>
      {TOUCH_KEYS.map(({ label, name, data }) => (
        <button
          key={name}
          type="button"
          className="touch-key"
          aria-label={name}
          onClick={() => {
            terminal.pressKey(data);
            terminal.focus();
          }}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
