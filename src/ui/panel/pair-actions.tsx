import type { ReactNode } from 'react';
import { useTandem, useUi } from '../context.ts';

/** The link itself, for a browser that would not copy it. */
function LinkToCopy(): ReactNode {
  const link = useUi((state) => state.linkToCopy);
  if (link === undefined) return null;
  return (
    <input
      className="link-to-copy"
      aria-label="Invitation link"
      readOnly
      autoFocus
      value={link}
      onFocus={({ currentTarget }) => {
        currentTarget.select();
      }}
    />
  );
}

/** Who else may come: a standby, somebody with the link, somebody who only watches. */
export function PairActions(): ReactNode {
  const { session } = useTandem();
  const canInvite = useUi((state) => state.canInvite);
  const wanted = useUi(({ pairStatus }) => pairStatus?.word === 'unprotected');
  return (
    <>
      {canInvite && (
        <div className="pair-actions" role="group" aria-label="Invite another tab">
          <button
            type="button"
            className="button"
            data-kind={wanted ? 'primary' : undefined}
            title="Opens a tab that goes on when this one dies"
            onClick={() => {
              session.pair.add('standby');
            }}
          >
            Add a standby
          </button>
          <button
            type="button"
            className="button"
            title="Whoever opens the link in this browser joins as a standby"
            onClick={() => void session.pair.copyInvitation()}
          >
            Copy invitation link
          </button>
          <button
            type="button"
            className="button"
            title="Opens a tab that sees the machine and holds no copy of it"
            onClick={() => {
              session.pair.add('watch');
            }}
          >
            Add a viewer
          </button>
        </div>
      )}
      <LinkToCopy />
    </>
  );
}
