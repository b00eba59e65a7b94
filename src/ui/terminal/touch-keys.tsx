import { useState, type ReactNode } from 'react';
import { useTandem, useUi } from '../context.ts';
import { TOUCH_KEYS } from './keys.ts';

/** Keys that a phone's keyboard lacks; the style sheet shows them where the pointer is a finger. */
export function TouchKeys(): ReactNode {
  const { terminal } = useTandem();
  const alive = useUi(({ machine }) => machine.kind === 'running' || machine.kind === 'starting');
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
