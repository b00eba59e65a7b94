import { useEffect, useState, type ComponentType, type ReactNode } from 'react';
import { useTandem, useUi } from '../context.ts';
import { PRESSURE_WORDS } from '../words/pair.ts';
import { dashboardFile, download } from './export.ts';
import { TakeoverTable } from './takeover-table.tsx';
import { totalRows, type TotalRow } from './totals.ts';

const BODY_ID = 'dashboard-body';

type Loading =
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly Charts: ComponentType }
  | { readonly kind: 'failed' };

/** The charts are a chunk of their own: the page's first paint does not wait for them. */
function LazyCharts(): ReactNode {
  const [loading, setLoading] = useState<Loading>({ kind: 'loading' });
  useEffect(() => {
    let wanted = true;
    import('./charts.tsx').then(
      ({ Charts }) => {
        if (wanted) setLoading({ kind: 'ready', Charts });
      },
      (error: unknown) => {
        console.error('The charts could not be loaded:', error);
        if (wanted) setLoading({ kind: 'failed' });
      },
    );
    return () => {
      wanted = false;
    };
  }, []);
  if (loading.kind === 'ready') return <loading.Charts />;
  return (
    <p className="dashboard-empty">
      {loading.kind === 'loading'
        ? 'The charts are being loaded.'
        : 'The charts could not be loaded. Close the dashboard and open it again.'}
    </p>
  );
}

function Pressure(): ReactNode {
  const pressure = useUi((state) => state.pairSample?.pressure ?? 'none');
  return (
    <p className="pressure" data-acts={pressure !== 'none'}>
      {PRESSURE_WORDS[pressure]}
    </p>
  );
}

function Facts({ rows }: { readonly rows: readonly TotalRow[] }): ReactNode {
  return (
    <dl className="facts">
      {rows.map(({ name, value }) => (
        <div key={name} className="fact">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Company(): ReactNode {
  const watchers = useUi((state) => state.pairSample?.watchers ?? 0);
  const queued = useUi((state) => state.pairSample?.queued ?? 0);
  const term = useUi((state) => state.pairStatus?.term ?? 0);
  const inFlight = useUi((state) => state.pairSample?.inFlight ?? 0);
  return (
    <>
      <h3 className="panel-heading">Now</h3>
      <Facts
        rows={[
          { name: 'term', value: String(term) },
          { name: 'checkpoints on their way', value: String(inFlight) },
          { name: 'waiting to stand by', value: String(queued) },
          { name: 'watching', value: String(watchers) },
        ]}
      />
    </>
  );
}

function TotalsList(): ReactNode {
  const totals = useUi((state) => state.pairSample?.totals);
  const last = useUi((state) => state.takeovers.at(-1));
  return (
    <>
      <h3 className="panel-heading">Totals, named as QEMU’s “info migrate” names them</h3>
      {totals === undefined ? (
        <p className="dashboard-empty">They come with the first figures.</p>
      ) : (
        <Facts rows={totalRows(totals, last)} />
      )}
    </>
  );
}

function ExportButton(): ReactNode {
  const { session } = useTandem();
  return (
    <button
      type="button"
      className="button"
      onClick={() => {
        const { state, samples } = session.pair;
        download(dashboardFile(state, samples.list(), new Date()));
      }}
    >
      Export as JSON
    </button>
  );
}

/** What protection costs, in charts and sums; open or closed as the viewer left it. */
export function Dashboard(): ReactNode {
  const open = useUi((state) => state.dashboardOpen);
  const setOpen = useUi((state) => state.setDashboardOpen);
  return (
    <section className="panel-section dashboard" aria-labelledby="dashboard-heading">
      <h2 id="dashboard-heading">
        <button
          type="button"
          className="disclosure"
          aria-expanded={open}
          aria-controls={BODY_ID}
          onClick={() => {
            setOpen(!open);
          }}
        >
          Dashboard
        </button>
      </h2>
      <p className="dashboard-lead">What protection costs, while it happens.</p>
      <div id={BODY_ID} className="dashboard-body" hidden={!open}>
        {open && (
          <>
            <Pressure />
            <LazyCharts />
            <TakeoverTable />
            <Company />
            <TotalsList />
            <ExportButton />
          </>
        )}
      </div>
    </section>
  );
}
