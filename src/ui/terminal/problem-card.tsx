import type { ReactNode } from 'react';
import { useTandem, useUi } from '../context.ts';
import { StateIconView } from '../parts/icons.tsx';

/** What is the matter and what to do about it, in place of a machine. */
export function ProblemCard(): ReactNode {
  const { session } = useTandem();
  const machine = useUi((state) => state.machine);
  if (machine.kind !== 'failed' && machine.kind !== 'unsupported') return null;
  const { message, advice } = machine.kind === 'failed' ? machine : machine.problem;
  return (
    <div className="card-place" data-veiled="true">
      <div className="problem-card" role="alert" data-tone="red">
        <h2 className="problem-title">
          <StateIconView icon="failed" />
          {machine.kind === 'failed' ? 'The machine did not start' : 'This page cannot run it'}
        </h2>
        <p>{message}</p>
        <p className="problem-advice">{advice}</p>
        <div className="problem-actions">
          {machine.kind === 'failed' && (
            <button
              type="button"
              className="button"
              data-kind="primary"
              onClick={() => void session.restart()}
            >
              Try again
            </button>
          )}
          <button
            type="button"
            className="button"
            onClick={() => {
              location.reload();
            }}
          >
            Reload the page
          </button>
        </div>
      </div>
    </div>
  );
}
