import { Tabs } from 'radix-ui';
import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import { HaltBanner } from './halt-banner.tsx';
import { KernelLogView } from './kernel-log-view.tsx';
import { JoinCard } from './join-card.tsx';
import { NoticeBar } from './notice-bar.tsx';
import { ProblemCard } from './problem-card.tsx';
import { StartCard } from './start-card.tsx';
import { TerminalScreen } from './terminal-screen.tsx';
import { TouchKeys } from './touch-keys.tsx';

function AreaHeader(): ReactNode {
  const title = useUi((state) => state.terminalTitle);
  const columns = useUi((state) => state.columns);
  const rows = useUi((state) => state.rows);
  const logLines = useUi((state) => state.kernelLogLines);
  return (
    <div className="area-header">
      <Tabs.List className="tabs" aria-label="Consoles">
        <Tabs.Trigger className="tab" value="terminal">
          Terminal
        </Tabs.Trigger>
        <Tabs.Trigger className="tab" value="kernel-log">
          Kernel log{logLines > 0 && <span className="tab-count">{logLines}</span>}
        </Tabs.Trigger>
      </Tabs.List>
      <span className="area-title" title={title}>
        {title}
      </span>
      {columns > 0 && (
        <span className="area-size" title="Columns and rows of the terminal">
          {columns}×{rows}
        </span>
      )}
    </div>
  );
}

/** The machine itself: its terminal, its kernel log, and what has to be said about it. */
export function TerminalArea(): ReactNode {
  const tab = useUi((state) => state.tab);
  const setTab = useUi((state) => state.setTab);
  return (
    <Tabs.Root
      className="area"
      value={tab}
      onValueChange={(value) => {
        setTab(value === 'kernel-log' ? 'kernel-log' : 'terminal');
      }}
    >
      <AreaHeader />
      <NoticeBar />
      <Tabs.Content className="area-body" value="terminal" forceMount tabIndex={-1}>
        <TerminalScreen />
        <StartCard />
        <JoinCard />
        <ProblemCard />
      </Tabs.Content>
      <Tabs.Content className="area-body" value="kernel-log">
        <KernelLogView />
      </Tabs.Content>
      <HaltBanner />
      <TouchKeys />
    </Tabs.Root>
  );
}
