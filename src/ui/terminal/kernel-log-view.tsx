import { useLayoutEffect, useRef, type ReactNode } from 'react';
import { useTandem, useUi } from '../context.ts';

/** Distance from the end within which the view follows new lines. */
const FOLLOW_PX = 40;

/** Firmware and kernel, as they spoke on the serial port. */
export function KernelLogView(): ReactNode {
  const { session } = useTandem();
  const version = useUi((state) => state.kernelLogVersion);
  const lineCount = useUi((state) => state.kernelLogLines);
  const box = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  useLayoutEffect(() => {
    const element = box.current;
    if (element !== null && follows.current) element.scrollTop = element.scrollHeight;
  }, [version]);
  if (lineCount === 0) {
    return (
      <p className="kernel-log-empty">
        The kernel has said nothing since this machine was resumed. What it reports from now on
        appears here.
      </p>
    );
  }
  return (
    <pre
      ref={box}
      className="kernel-log"
      tabIndex={0}
      aria-label="Kernel log"
      onScroll={({ currentTarget }) => {
        const { scrollHeight, scrollTop, clientHeight } = currentTarget;
        follows.current = scrollHeight - scrollTop - clientHeight < FOLLOW_PX;
      }}
    >
      {session.kernelLog.lines().join('\n')}
    </pre>
  );
}
