import { Tooltip } from 'radix-ui';
import { useEffect, type ReactNode } from 'react';
import { useTandem, useUi } from './context.ts';
import { Panel, PANEL_ID } from './panel/panel.tsx';
import { BrandMark } from './parts/brand-mark.tsx';
import { KeysDialog } from './parts/keys-dialog.tsx';
import { LiveRegion } from './parts/live-region.tsx';
import { StateBadge } from './parts/state-badge.tsx';
import { ThemeSwitch } from './parts/theme-switch.tsx';
import { TerminalArea } from './terminal/terminal-area.tsx';
import { faceOf } from './words/machine.ts';

/** Milliseconds before a term explains itself. */
const TOOLTIP_DELAY_MS = 250;

function Header(): ReactNode {
  const machine = useUi((state) => state.machine);
  const status = useUi((state) => state.pairStatus);
  const face = faceOf(machine, status);
  const stands = machine.kind === 'remote' && status?.role === 'standby';
  useEffect(() => {
    // Two tabs of a pair say the same word: which is which is seen among the browser's tabs, too.
    document.title = `${face.word}${stands ? ' (standby)' : ''} · Tandem`;
  }, [face.word, stands]);
  return (
    <header className="header">
      <span className="brand" data-tone={face.tone}>
        <BrandMark paired={status?.word === 'protected'} />
        <h1 className="brand-name">Tandem</h1>
      </span>
      <span className="brand-line">
        a Linux computer in {machine.kind === 'remote' ? 'another tab' : 'this tab'}
      </span>
      <StateBadge face={face} />
      <KeysDialog />
      <ThemeSwitch />
    </header>
  );
}

function SkipLink(): ReactNode {
  return (
    <a
      className="skip-link"
      href={`#${PANEL_ID}`}
      onClick={(event) => {
        event.preventDefault();
        document.getElementById(PANEL_ID)?.focus();
      }}
    >
      Skip the terminal
    </a>
  );
}

/** Ctrl-Shift-F6 outside of the terminal leads back into it; inside, the terminal sees the key first. */
function useWayBack(): void {
  const { terminal } = useTandem();
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const wanted = event.ctrlKey && event.shiftKey && event.key === 'F6';
      if (!wanted || event.defaultPrevented) return;
      event.preventDefault();
      terminal.focus();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, [terminal]);
}

/** The page: the machine on the left, the answers on the right; one above the other on a phone. */
export function App(): ReactNode {
  useWayBack();
  return (
    <Tooltip.Provider delayDuration={TOOLTIP_DELAY_MS}>
      <SkipLink />
      <Header />
      <main className="stage">
        <TerminalArea />
      </main>
      <Panel />
      <LiveRegion />
    </Tooltip.Provider>
  );
}
