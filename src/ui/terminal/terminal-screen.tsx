import { ContextMenu } from 'radix-ui';
import { useEffect, useRef, type ReactNode } from 'react';
import { useTandem, useUi } from '../context.ts';

function TerminalMenu(): ReactNode {
  const { terminal } = useTandem();
  const hasSelection = useUi((state) => state.hasSelection);
  return (
    <ContextMenu.Portal>
      <ContextMenu.Content
        className="menu"
        onCloseAutoFocus={(event) => {
          event.preventDefault();
          terminal.focus();
        }}
      >
        <ContextMenu.Item
          className="menu-item"
          disabled={!hasSelection}
          onSelect={() => void terminal.copySelection()}
        >
          Copy <span className="menu-keys">Ctrl Shift C</span>
        </ContextMenu.Item>
        <ContextMenu.Item className="menu-item" onSelect={() => void terminal.pasteClipboard()}>
          Paste <span className="menu-keys">Ctrl Shift V</span>
        </ContextMenu.Item>
        <ContextMenu.Separator className="menu-line" />
        <ContextMenu.Item
          className="menu-item"
          onSelect={() => {
            terminal.selectAll();
          }}
        >
          Select all
        </ContextMenu.Item>
        <ContextMenu.Item
          className="menu-item"
          onSelect={() => {
            terminal.clear();
          }}
        >
          Clear scrollback
        </ContextMenu.Item>
      </ContextMenu.Content>
    </ContextMenu.Portal>
  );
}

/** The place of the terminal; xterm.js draws it. */
export function TerminalScreen(): ReactNode {
  const { terminal } = useTandem();
  const container = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (container.current === null) return undefined;
    const detach = terminal.attach(container.current);
    // On a phone, focus would open the keyboard over half of the page unasked.
    if (matchMedia('(pointer: fine)').matches) terminal.focus();
    return detach;
  }, [terminal]);
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger asChild>
        <div className="terminal-place" ref={container} role="region" aria-label="Terminal" />
      </ContextMenu.Trigger>
      <TerminalMenu />
    </ContextMenu.Root>
  );
}
