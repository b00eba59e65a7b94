/**
 * What a page is told while a takeover is under way. To draw it would keep the page's thread busy for some 20 ms, in
 * which the output that people wait for would wait too: so it comes a little later, and of each figure only the newest.
 */
import { hostTimer, type Timer } from '../../../transport/flow.ts';
import type { ReplicaListener } from './replica-parts.ts';

/** After the first output, so that the terminal has drawn it. */
const GRACE_MS = 30;
/** From one piece to the next: what is drawn for one may take longer than a frame, and output comes in between. */
const SPACING_MS = 25;
/** A guest that is at rest says nothing; people are to be told all the same. */
const MOST_MS = 150;

interface Piece {
  /** Of pieces with one name only the newest counts; undefined: each does. */
  readonly name: string | undefined;
  readonly tell: () => void;
}

export class HeldNews {
  /** Whom to tell. */
  readonly listener: ReplicaListener;
  readonly #timer: Timer;
  #pieces: Piece[] = [];
  /** Something may be told only after the others. */
  #holds = false;
  #isTaking = false;
  #callOff: () => void = () => undefined;

  constructor(page: ReplicaListener, timer: Timer = hostTimer) {
    this.#timer = timer;
    const newest = (name: 'status' | 'copy' | 'sample' | 'takeovers' | 'machine') =>
      this.#later<unknown>(name, page[name] as (news: unknown) => void);
    this.listener = {
      show: page.show,
      refused: page.refused,
      findPrimary: page.findPrimary,
      status: newest('status'),
      copy: newest('copy'),
      sample: newest('sample'),
      takeovers: newest('takeovers'),
      machine: newest('machine'),
      notice: this.#later(undefined, page.notice),
      announce: this.#later(undefined, page.announce),
      linkClosed: this.#later(undefined, page.linkClosed),
      halted: this.#last(page.halted),
      ended: this.#last(page.ended),
      failed: this.#last(page.failed),
    };
  }

  /** @param isTaking a takeover is under way, and the guest has not spoken yet */
  update(isTaking: boolean): void {
    if (isTaking === this.#isTaking) return;
    this.#isTaking = isTaking;
    this.#holds = true;
    this.#callOff();
    this.#tellAfter(isTaking ? MOST_MS : GRACE_MS);
  }

  #tellAfter(ms: number): void {
    this.#callOff = this.#timer(ms, () => {
      this.#tellNext();
    });
  }

  #tellNext(): void {
    this.#pieces.shift()?.tell();
    if (this.#pieces.length > 0) this.#tellAfter(SPACING_MS);
    else this.#holds = false;
  }

  #later<T>(name: string | undefined, tell: (news: T) => void): (news: T) => void {
    return (news) => {
      if (!this.#holds) {
        tell(news);
        return;
      }
      if (name !== undefined) this.#pieces = this.#pieces.filter((piece) => piece.name !== name);
      this.#pieces.push({
        name,
        tell: () => {
          tell(news);
        },
      });
    };
  }

  #last<T>(tell: (news: T) => void): (news: T) => void {
    return (news) => {
      this.#tellAll();
      tell(news);
    };
  }

  #tellAll(): void {
    this.#callOff();
    this.#holds = false;
    for (const { tell } of this.#pieces.splice(0)) tell();
  }
}
