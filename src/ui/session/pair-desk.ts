import type { PairClient, PairNotice, PairState } from '../../host/browser/pair-types.ts';
import type { UiStore } from '../state/store.ts';
import { REPLIES } from '../words/pair.ts';
import type { Schedule } from './input-pump.ts';
import { SampleRing } from './sample-ring.ts';

/** What was done on the viewer's behalf stays beside the buttons this long. */
const REPLY_MS = 10_000;
/** How long a sentence of the pair is news. What it told stays true in the state's own words. */
const NEWS_MS: Readonly<Record<PairNotice['level'], number>> = { info: 8_000, warning: 60_000 };

/** What a page may do with tabs and links; tests note it instead. */
export interface TabPort {
  /** Opens an address in a tab of its own, which cannot reach this one: the browser gives it its own process. */
  open(url: string): void;
  /** Loads an address in this tab, from the beginning even when only its fragment differs. */
  go(url: string): void;
  /** Loads this page anew without the invitation in its address. */
  goAlone(): void;
  /** Rejects when the browser keeps its clipboard to itself. */
  copy(text: string): Promise<void>;
}

export interface PairDeskParts {
  readonly pair: PairClient;
  readonly store: UiStore;
  readonly tabs: TabPort;
  readonly clock: { now(): number; wall(): number; readonly after: Schedule };
}

/** Carries words between the pair and the page: its state into the store, its figures into a ring, wishes back. */
export class PairDesk {
  readonly samples = new SampleRing();
  readonly #parts: PairDeskParts;
  #cancelReply: (() => void) | undefined;
  #cancelNews: (() => void) | undefined;
  #news: PairNotice | undefined;

  constructor(parts: PairDeskParts) {
    this.#parts = parts;
  }

  get state(): PairState {
    return this.#parts.pair.state;
  }

  /** Listens from now on; the returned functions end it. */
  connect(): readonly (() => void)[] {
    const { pair, store, clock } = this.#parts;
    return [
      pair.onState((state) => {
        store.getState().setPairState(state, clock.now());
        if (state.notice !== this.#news) this.#tell(state.notice);
      }),
      pair.onSample((sample) => {
        this.samples.push(sample, clock.wall());
      }),
      () => {
        this.#cancelReply?.();
        this.#cancelNews?.();
      },
    ];
  }

  /** Puts the newest sample where components see it; called a few times a second. */
  showNewest(): void {
    this.#parts.store.getState().setPairSample(this.samples.newest?.sample);
  }

  invitation(wants: 'standby' | 'watch'): string | undefined {
    return this.#parts.pair.invitation(wants);
  }

  /** Opens a tab that joins: as the standby, or only to watch. */
  add(wants: 'standby' | 'watch'): void {
    const url = this.invitation(wants);
    if (url === undefined) {
      this.#reply(REPLIES.noInvitation);
      return;
    }
    this.#parts.tabs.open(url);
    this.#reply(wants === 'standby' ? REPLIES.standbyOpened : REPLIES.viewerOpened);
  }

  /** Copies the standby's invitation, or shows it when the browser does not let the page copy. */
  async copyInvitation(): Promise<void> {
    const { store, tabs } = this.#parts;
    const url = this.invitation('standby');
    if (url === undefined) {
      this.#reply(REPLIES.noInvitation);
      return;
    }
    try {
      await tabs.copy(url);
      store.getState().setLinkToCopy(undefined);
      this.#reply(REPLIES.copied);
    } catch {
      // Not allowed, or not able: the reason does not change what the viewer has to do.
      store.getState().setLinkToCopy(url);
      this.#reply(REPLIES.copyByHand);
    }
  }

  handOver(): void {
    this.#reply(REPLIES.handingOver);
    this.#parts.pair.handOver();
  }

  /** Ends this tab's workers as a crash would; the way back is noted before it is lost. */
  crash(): void {
    const { pair, store } = this.#parts;
    const safe = this.state.status?.word === 'protected';
    store.getState().setCrashed({ wayBack: safe ? this.invitation('standby') : undefined });
    pair.crash();
  }

  /** After a crash on purpose: this tab joins the machine, which lives elsewhere now. */
  comeBack(): void {
    const wayBack = this.#parts.store.getState().crashed?.wayBack;
    if (wayBack !== undefined) this.#parts.tabs.go(wayBack);
  }

  /** Leaves the machine that this tab was invited to, and starts one of its own. */
  leave(): void {
    this.#parts.tabs.goAlone();
  }

  #tell(notice: PairNotice | undefined): void {
    const { store, clock } = this.#parts;
    this.#news = notice;
    this.#cancelNews?.();
    this.#cancelNews = undefined;
    store.getState().setPairNotice(notice);
    if (notice === undefined) return;
    this.#cancelNews = clock.after(() => {
      this.#cancelNews = undefined;
      store.getState().setPairNotice(undefined);
    }, NEWS_MS[notice.level]);
  }

  #reply(text: string): void {
    const { store, clock } = this.#parts;
    this.#cancelReply?.();
    store.getState().setPairReply(text);
    this.#cancelReply = clock.after(() => {
      this.#cancelReply = undefined;
      store.getState().setPairReply(undefined);
    }, REPLY_MS);
  }
}
