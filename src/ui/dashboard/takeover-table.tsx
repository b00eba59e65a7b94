import type { ReactNode } from 'react';
import type { TakeoverRecord } from '../../host/browser/pair-types.ts';
import { useUi } from '../context.ts';
import { formatMs } from '../words/milliseconds.ts';
import { WHY_WORDS } from '../words/pair.ts';

const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const DAY = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full' });

function Row({ wallMs, failover }: TakeoverRecord): ReactNode {
  const when = new Date(wallMs);
  return (
    <tr>
      <th scope="row">{failover.term}</th>
      <td>
        <time dateTime={when.toISOString()} title={DAY.format(when)}>
          {CLOCK.format(when)}
        </time>
      </td>
      <td className="takeover-cause">{WHY_WORDS[failover.why]}</td>
      <td className="number">{formatMs(failover.downtimeMs)}</td>
      <td className="number">{formatMs(failover.exposureMs)}</td>
    </tr>
  );
}

/** Every takeover of this machine, the newest first. */
export function TakeoverTable(): ReactNode {
  const takeovers = useUi((state) => state.takeovers);
  return (
    <>
      <h3 className="panel-heading" id="takeovers-heading">
        Takeovers of this machine
      </h3>
      {takeovers.length === 0 ? (
        <p className="dashboard-empty">None yet. The machine runs where it began.</p>
      ) : (
        <div className="table-place" role="region" aria-labelledby="takeovers-heading" tabIndex={0}>
          <table className="takeovers">
            <thead>
              <tr>
                <th scope="col">Term</th>
                <th scope="col">When</th>
                <th scope="col">Why</th>
                <th scope="col" className="number">
                  Downtime
                </th>
                <th scope="col" className="number">
                  Exposure
                </th>
              </tr>
            </thead>
            <tbody>
              {takeovers.toReversed().map((record) => (
                <Row key={record.failover.term} {...record} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
