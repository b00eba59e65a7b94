/** Scenes of the pair for the design page: what the tabs of a pair show, with figures that move. */
import type { PairSample, PairStatus, Spread } from '../../host/browser/pair-types.ts';
import type { FakeClient } from './fake-client.ts';
import { FAILOVER, NOTHING, QUIET_SAMPLE, spread, TAKEOVER } from './fake-pair.ts';

const PERIOD_MS = 100;
const COPY_PAGES = 9000;

const SENTENCES: Readonly<Partial<Record<PairStatus['word'], string>>> = {
  joining: 'Looks for the tab that runs the machine.',
  watching: 'Watches, and waits to become the next standby.',
  deciding: 'The other tab seems gone: the witness decides.',
  lost: 'The machine was lost: it was not protected yet when its tab died.',
  ended: 'The machine was switched off.',
};

const status = (role: PairStatus['role'], word: PairStatus['word'], term = 1): PairStatus => ({
  ...{ role, word, term, sentence: SENTENCES[word] ?? 'A sentence of the pair.' },
});

/** A wave with some noise on it, never below 0. */
const wave = (tick: number, period: number, height: number): number =>
  height * (0.6 + 0.4 * Math.sin((tick * 2 * Math.PI) / period)) * (0.8 + Math.random() * 0.4);

const around = (count: number, mean: number): Spread =>
  spread(count, mean * 0.6, mean, mean * (1.2 + Math.random() * 0.8));

/** One of the samples that a busy machine gives. */
function sampleAt(tick: number): PairSample {
  const busy = tick % 260 < 130;
  const count = busy ? 5 : tick % 9 === 0 ? 1 : 0;
  const pages = wave(tick, 170, busy ? 420 : 24);
  const { totals } = QUIET_SAMPLE;
  return {
    ...QUIET_SAMPLE,
    ...{ at: tick * PERIOD_MS, committed: 400 + tick * 3 },
    pauseMs: count === 0 ? NOTHING : around(count, wave(tick, 90, 0.08)),
    commitMs: count === 0 ? NOTHING : around(count, wave(tick, 120, busy ? 6 : 3)),
    outputDelayMs: count === 0 ? NOTHING : around(count, wave(tick, 60, 4)),
    dirtyPages: count === 0 ? NOTHING : around(count, pages),
    rawBytes: count * pages * 4096,
    wireBytes: count * pages * 310,
    exposureMs: busy ? wave(tick, 40, 18) : 0,
    ...{ mips: wave(tick, 200, 260), load: busy ? 0.9 : 0.04 },
    ...{ pressure: tick % 600 > 500 ? 'lengthen' : 'none', watchers: 1, queued: 0 },
    totals: {
      ...totals,
      commits: totals.commits + tick * 3,
      dirtySyncCount: totals.dirtySyncCount + tick * 3,
      transferredRam: totals.transferredRam + tick * 90_000,
    },
  };
}

let ticking: ReturnType<typeof setInterval> | undefined;

/** Figures flow; a minute of them is there at once when `wanted` is given. */
function flow(client: FakeClient): void {
  clearInterval(ticking);
  let tick = 0;
  ticking = setInterval(() => {
    tick += 1;
    client.pair.measure(sampleAt(tick));
  }, PERIOD_MS);
}

function copying(client: FakeClient, role: 'primary' | 'standby', then: () => void): void {
  let pagesDone = 0;
  client.pair.become({ status: status(role, 'copying'), canInvite: true });
  const timer = setInterval(() => {
    pagesDone += 260;
    const done = pagesDone >= COPY_PAGES;
    if (done) clearInterval(timer);
    const copy = { bytes: pagesDone * 1700, pagesDone, pagesTotal: COPY_PAGES };
    client.pair.become({ copy: done ? undefined : copy });
    if (done) then();
  }, 400);
}

const OLDER = [
  { wallMs: TAKEOVER.wallMs - 190_000, failover: { ...FAILOVER, why: 'hand-over', downtimeMs: 9 } },
  {
    wallMs: TAKEOVER.wallMs - 70_000,
    failover: { ...FAILOVER, term: 3, why: 'silent', downtimeMs: 214, exposureMs: 40.2 },
  },
] as const;

/** The scenes; `run` starts the machine of this tab, `follow` shows that of another. */
export function pairScenes(
  client: FakeClient,
  run: () => void,
  follow: () => void,
): Readonly<Record<string, () => void>> {
  const { pair } = client;
  const primary = (word: PairStatus['word'], term = 1): void => {
    run();
    pair.become({ status: status('primary', word, term), canInvite: true });
    flow(client);
  };
  const standby = (role: PairStatus['role'], word: PairStatus['word']): void => {
    follow();
    pair.become({ status: status(role, word), canInvite: word === 'protected' });
    if (word === 'protected' || word === 'watching') flow(client);
  };
  const takeOver = (): void => {
    const record = { wallMs: Date.now(), failover: { ...FAILOVER, term: 4 } };
    primary('unprotected', 4);
    pair.become({ takeovers: [...OLDER, record] });
  };
  pair.onAsked = (wish) => {
    clearInterval(ticking);
    if (wish === 'hand-over') standby('standby', 'copying');
    else client.enter({ kind: 'failed', message: 'This tab crashed.', advice: 'Reload it.' });
  };
  return {
    alone: () => {
      primary('unprotected');
    },
    copying: () => {
      primary('copying');
      copying(client, 'primary', () => {
        pair.become({ status: status('primary', 'protected') });
      });
    },
    protected: () => {
      primary('protected');
    },
    standby: () => {
      standby('standby', 'protected');
    },
    receiving: () => {
      standby('standby', 'copying');
      copying(client, 'standby', () => {
        standby('standby', 'protected');
      });
    },
    joining: () => {
      standby('standby', 'joining');
    },
    watching: () => {
      standby('watcher', 'watching');
    },
    deciding: () => {
      standby('standby', 'deciding');
    },
    lost: () => {
      standby('standby', 'lost');
    },
    ended: () => {
      standby('none', 'ended');
    },
    taken: takeOver,
    takeover: () => {
      standby('standby', 'protected');
      setTimeout(() => {
        clearInterval(ticking);
        pair.become({ status: status('standby', 'deciding') });
      }, 3000);
      setTimeout(takeOver, 3600);
    },
  };
}
