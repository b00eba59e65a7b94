import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import type { MachineView } from '../state/machine-slice.ts';
import { formatDuration, formatMemory, formatPercent, formatRate } from '../words/format.ts';
import { ActivityStrip } from './activity-strip.tsx';
import { Figure } from './figure.tsx';

const HEADINGS: Readonly<Partial<Record<MachineView['kind'], string>>> = {
  halted: 'What ran here',
  remote: 'What runs in the other tab',
};

/** Two lines from the start, so that nothing moves when the names arrive. */
function GuestName(): ReactNode {
  const guest = useUi((state) => state.guest);
  return (
    <>
      <p className="guest-name">{guest?.system ?? 'Debian'}</p>
      <p className="guest-kernel">
        {guest === undefined ? 'on a RISC-V processor' : `Linux ${guest.kernel}`}
      </p>
    </>
  );
}

function Figures({ live }: { readonly live: boolean }): ReactNode {
  const figures = useUi((state) => state.figures);
  if (figures === undefined) return null;
  return (
    <dl className="figures">
      <Figure
        name="Memory"
        value={formatMemory(figures.ramBytes)}
        hint="What the machine has been given of this device’s memory."
      />
      {figures.uptimeSeconds !== undefined && (
        <Figure
          name={live ? 'Up' : 'Was up'}
          value={formatDuration(figures.uptimeSeconds)}
          hint="Time since the machine was switched on, as its own uptime command counts it. The first boot happened while the guest was prepared."
        />
      )}
      {live && (
        <>
          <Figure
            name="Instructions a second"
            value={formatRate(figures.instructionsPerSecond)}
            hint="What the processor executes now. An idle machine executes next to nothing."
          />
          <Figure
            name="Idle"
            value={formatPercent(figures.idleShare)}
            hint="Part of the time in which the processor waits for something to do."
          />
        </>
      )}
    </dl>
  );
}

/** What runs here, or in the tab that this one follows. */
export function MachineSection(): ReactNode {
  const kind = useUi((state) => state.machine.kind);
  const live = kind === 'running' || kind === 'remote';
  return (
    <section className="panel-section" aria-labelledby="machine-heading">
      <h2 id="machine-heading" className="panel-heading">
        {HEADINGS[kind] ?? 'What runs here'}
      </h2>
      <GuestName />
      <Figures live={live} />
      {live && <ActivityStrip />}
    </section>
  );
}
