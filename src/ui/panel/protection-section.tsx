import type { ReactNode } from 'react';
import { useUi } from '../context.ts';
import { StateIconView } from '../parts/icons.tsx';
import { isLive } from '../state/machine-slice.ts';
import { isBlind } from '../state/protection-slice.ts';
import { ProgressBar } from '../terminal/progress-bar.tsx';
import { faceOf } from '../words/machine.ts';
import { copyWords, exposureWords, ROLE_WORDS } from '../words/pair.ts';
import { PairActions } from './pair-actions.tsx';

/** What a crash now would lose: the figure that protection is about. */
function ExposureNow(): ReactNode {
  const word = useUi((state) => state.pairStatus?.word);
  const safe = word === 'protected' || word === 'deciding';
  const value = useUi(({ pairSample }) => {
    if (!safe) return exposureWords(undefined);
    return pairSample?.exposureMs === undefined ? '…' : exposureWords(pairSample.exposureMs);
  });
  if (!safe && word !== 'unprotected' && word !== 'copying') return null;
  return (
    <p className="exposure-now">
      A crash now would lose <strong className="exposure-value">{value}</strong>
    </p>
  );
}

function FirstCopy(): ReactNode {
  const copy = useUi((state) => state.copy);
  if (copy === undefined) return null;
  return (
    <div className="first-copy">
      <ProgressBar share={copy.share} label="First copy of the machine" />
      <p className="first-copy-words">{copyWords(copy)}</p>
    </div>
  );
}

/** After a takeover, before there is a new standby: that is what has to be done now. */
function AskForStandby(): ReactNode {
  const asks = useUi(({ pairStatus, takeovers }) => {
    const bare = pairStatus?.role === 'primary' && pairStatus.word === 'unprotected';
    return bare && takeovers.at(-1)?.failover.term === pairStatus.term;
  });
  if (!asks) return null;
  return (
    <p className="ask-for-standby">
      It has no standby any more. Add a new one, and the machine is protected again.
    </p>
  );
}

/** What was just done, or what the pair says. The line is always there, so that no button moves for it. */
function News(): ReactNode {
  const reply = useUi((state) => state.pairReply);
  const notice = useUi((state) => state.pairNotice);
  const level = reply === undefined ? notice?.level : undefined;
  return (
    <p className="pair-news" data-level={level} aria-live="polite">
      {reply ?? notice?.sentence}
    </p>
  );
}

/** Who protects the machine, first in words, and what can be done about it. */
export function ProtectionSection(): ReactNode {
  const machine = useUi((state) => state.machine);
  const status = useUi((state) => state.pairStatus);
  const face = faceOf(machine, status);
  // A tab that follows a machine has nothing to say of it before the pair's first word.
  const follows = isLive(machine) && status !== undefined && !isBlind(status);
  const live = machine.kind === 'running' || follows;
  return (
    <section className="panel-section protection" data-tone={face.tone} aria-label="Protection">
      {live && <p className="protection-role">{ROLE_WORDS[status?.role ?? 'primary']}</p>}
      <h2 className="protection-word">
        <StateIconView icon={face.icon} />
        {face.word}
      </h2>
      <p className="protection-sentence">{face.sentence}</p>
      {live && (
        <>
          <FirstCopy />
          <ExposureNow />
          <AskForStandby />
        </>
      )}
      {live && <PairActions />}
      {isLive(machine) && <News />}
    </section>
  );
}
