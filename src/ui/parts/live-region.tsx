import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import { announcementOf } from '../words/machine.ts';

/** Says changes of state to screen readers, politely. */
export function LiveRegion(): ReactNode {
  const announcement = useUi(({ machine, pairStatus, takeovers }) =>
    announcementOf(machine, pairStatus, takeovers.at(-1)),
  );
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {announcement}
    </div>
  );
}
