import { Tooltip } from 'radix-ui';
import { renderToStaticMarkup } from 'react-dom/server';
import { beforeEach, describe, expect, test } from 'vitest';
import type { PairState } from '../../host/browser/pair-types.ts';
import type { MachineState } from '../../host/browser/types.ts';
import { TandemContext, type Tandem } from '../context.ts';
import type { Session } from '../session/session.ts';
import { createUiStore, type UiStore } from '../state/store.ts';
import { FakePair, QUIET_SAMPLE, statusOf, TAKEOVER } from '../testing/fake-pair.ts';
import type { TerminalView } from '../terminal/terminal-view.ts';
import { Panel } from './panel.tsx';

let store: UiStore;

beforeEach(() => {
  store = createUiStore();
});

/** What rendering alone never asks anything of. */
const untouched: unknown = {};

/** The panel's text and the names of its buttons, as a browser would show them. */
function panel(
  machine: MachineState,
  change: Partial<PairState>,
): { html: string; names: string[] } {
  const pair = new FakePair();
  pair.become(change);
  store.getState().setMachineState(machine, 0);
  store.getState().setPairState(pair.state, 0);
  store.getState().setPairSample(QUIET_SAMPLE);
  const tandem: Tandem = {
    // Rendered once, as it is now, rather than as it was at first.
    store: { ...store, getInitialState: store.getState },
    session: untouched as Session,
    terminal: untouched as TerminalView,
  };
  const html = renderToStaticMarkup(
    <TandemContext value={tandem}>
      <Tooltip.Provider>
        <Panel />
      </Tooltip.Provider>
    </TandemContext>,
  );
  const names = [...html.matchAll(/<button[^>]*>(.*?)<\/button>/g)].map(([, inner]) =>
    (inner ?? '').replace(/<[^>]*>/g, '').replaceAll('\u00a0', ' '),
  );
  return { html: html.replaceAll('\u00a0', ' '), names };
}

const RUNNING = { kind: 'running', notice: undefined } as const;
const REMOTE = { kind: 'remote' } as const;
const INVITE = ['Add a standby', 'Copy invitation link', 'Add a viewer'];

const isDisabled = (html: string, name: string): boolean =>
  new RegExp(`<button[^>]*disabled[^>]*>${name}<`).test(html);

describe('where the machine runs', () => {
  test('alone, a standby is asked for, a crash is dangerous, and nothing can be handed over', () => {
    const status = statusOf('primary', 'unprotected');
    const { html, names } = panel(RUNNING, { status, canInvite: true });
    expect(names).toEqual(expect.arrayContaining([...INVITE, 'Crash this tab', 'Restart…']));
    expect(html).toMatch(/data-kind="primary"[^>]*>Add a standby</);
    expect(html).toMatch(/data-kind="danger"[^>]*>Crash this tab</);
    expect(isDisabled(html, 'Hand over')).toBe(true);
    expect(html).toContain('everything');
  });

  test('protected, it can be crashed and handed over, and exposure is a figure', () => {
    const status = statusOf('primary', 'protected');
    const { html } = panel(RUNNING, { status, canInvite: true });
    expect(isDisabled(html, 'Hand over')).toBe(false);
    expect(html).not.toContain('data-kind="danger"');
    expect(html).toContain('14 ms');
    expect(html).not.toContain('everything');
  });

  test('after a takeover both figures are large, and a new standby is asked for', () => {
    const status = statusOf('primary', 'unprotected', TAKEOVER.failover.term);
    const { html } = panel(RUNNING, { status, canInvite: true, takeovers: [TAKEOVER] });
    expect(html).toMatch(/big-figure-value">38 ms</);
    expect(html).toMatch(/big-figure-value">11 ms</);
    expect(html).toContain('no standby any more');
    expect(html).toContain('First instruction');
  });

  test('before the pair’s first word the page is honest, and offers nothing', () => {
    const { html, names } = panel(RUNNING, {});
    expect(html).toContain('Unprotected');
    expect(names).not.toContain('Add a standby');
  });
});

describe('where it does not run', () => {
  test('a standby invites others, and can neither crash, hand over nor restart the machine', () => {
    const status = statusOf('standby', 'protected');
    const { html, names } = panel(REMOTE, { status, canInvite: true });
    expect(html).toContain('This tab is the standby');
    expect(names).toEqual(expect.arrayContaining(INVITE));
    for (const name of ['Crash this tab', 'Hand over', 'Restart…']) {
      expect(names).not.toContain(name);
    }
  });

  test('a first copy has a bar', () => {
    const status = statusOf('standby', 'copying');
    const copy = { bytes: 1024, pagesDone: 1, pagesTotal: 4 };
    const { html } = panel(REMOTE, { status, copy });
    expect(html).toContain('First copy of the machine');
    expect(html).toContain('1.00 KB');
  });

  test('a tab that sees no machine shows no figures of one', () => {
    const { names, html } = panel(REMOTE, { status: statusOf('standby', 'lost'), canInvite: true });
    expect(names).toEqual([]);
    expect(html).not.toContain('Debian');
  });
});

test('an open dashboard has the takeovers, the totals and an export', () => {
  store.getState().setDashboardOpen(true);
  const status = statusOf('primary', 'protected');
  const { html, names } = panel(RUNNING, { status, canInvite: true, takeovers: [TAKEOVER] });
  expect(names).toContain('Export as JSON');
  expect(html).toContain('its tab closed or crashed');
  expect(html).toContain('dirty sync count');
});
