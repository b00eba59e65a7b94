import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { MachineClient } from '../host/browser/types.ts';
import { App } from './app.tsx';
import { TandemContext, type Tandem } from './context.ts';
import { installHook } from './hook.ts';
import { startOptionsOf } from './page-options.ts';
import { PANEL_ID } from './panel/panel.tsx';
import { ErrorBoundary } from './parts/error-boundary.tsx';
import { browserClock } from './session/browser-clock.ts';
import { browserTabs } from './session/browser-tabs.ts';
import { fetchGuestFacts } from './session/guest-facts.ts';
import { Session } from './session/session.ts';
import { createUiStore } from './state/store.ts';
import { TerminalView } from './terminal/terminal-view.ts';
import { followTheme } from './theme.ts';
import './styles/index.css';

function storageOrNone(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined; // The browser forbids it to this page: preferences last as long as the page.
  }
}

function build(client: MachineClient): Tandem {
  const store = createUiStore(storageOrNone());
  const terminal = new TerminalView(document, {
    onTitle: (title) => {
      store.getState().setTerminalTitle(title);
    },
    onSelection: (hasSelection) => {
      store.getState().setHasSelection(hasSelection);
    },
    onClipboardRefused: (hint) => {
      store.getState().setHint(hint);
    },
    onLeave: () => {
      document.getElementById(PANEL_ID)?.focus();
    },
  });
  const options = startOptionsOf(location.search, location.hash);
  const session = new Session({
    client,
    store,
    terminal,
    clock: browserClock,
    tabs: browserTabs,
    options,
    readGuest: fetchGuestFacts,
  });
  return { store, session, terminal };
}

/**
 * Puts the page into `root` and starts the machine.
 * @param createClient makes the machine's client; what it throws is shown, not lost.
 */
export function mount(root: HTMLElement, createClient: () => MachineClient): void {
  const tandem = build(createClient());
  const { store, session, terminal } = tandem;
  followTheme(store, () => {
    terminal.refreshTheme(document);
  });
  store.subscribe((state) => {
    terminal.setScreenReaderMode(state.screenReader);
  });
  terminal.setScreenReaderMode(store.getState().screenReader);
  installHook(tandem);
  createRoot(root).render(
    <StrictMode>
      <ErrorBoundary>
        <TandemContext value={tandem}>
          <App />
        </TandemContext>
      </ErrorBoundary>
    </StrictMode>,
  );
  void session.start();
}
