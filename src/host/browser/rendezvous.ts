/**
 * How this page meets the other tabs of its machine: signalling, connections, and the search for the tab
 * that has the machine. On the page's own thread, because RTCPeerConnection exists nowhere else.
 */
import type { DataChannels } from '../../transport/channel-link.ts';
import type { Invitation } from '../../transport/invitation.ts';
import { deriveKeys } from '../../transport/keys.ts';
import { CONNECTIONS } from '../../transport/limits.ts';
import type { CloseReason } from '../../transport/link.ts';
import { Meeting, type MeetingOptions } from '../../transport/meeting.ts';
import { broadcastCarrier, type Carrier } from '../../transport/signalling/carrier.ts';
import type { ConnectionSignal, PartyId } from '../../transport/signalling/messages.ts';
import { Signalling, type Presence } from '../../transport/signalling/signalling.ts';
import type { Connection } from '../../transport/webrtc-link.ts';

export interface RendezvousListener {
  /** Hands the channels of a connection to the worker; must do so at once. */
  readonly attach: (attempt: string, channels: DataChannels) => Promise<CloseReason | undefined>;
  readonly established: (attempt: string) => void;
  readonly disconnected: (attempt: string, sentence: string) => void;
  /** Somebody was turned away, or we were. */
  readonly stranger: (sentence: string) => void;
}

/** A connection, as far as it matters here. */
export type Tie = Pick<Connection, 'attempt' | 'established' | 'closed' | 'close'>;

/** What a rendezvous is made of; tests put others in place of WebRTC, the browser's channel and the clock. */
export interface RendezvousParts {
  readonly carrier: (session: string) => Carrier;
  readonly meeting: (options: MeetingOptions) => {
    join(party: PartyId): Tie;
    signal(from: PartyId, signal: ConnectionSignal): void;
    close(sentence: string): void;
  };
  /** Milliseconds of the wall clock. */
  readonly now: () => number;
}

const BROWSER: RendezvousParts = {
  carrier: broadcastCarrier,
  meeting: (options) => new Meeting(options),
  now: () => Date.now(),
};

/** Who has the machine says `primary` and its term. */
const PRIMARY = /^primary (\d{1,15})$/;
/** While the primary is looked for, all are asked this often. */
const SEARCH_PERIOD_MS = 250;
/** Who did not answer for so long is not there any more: hidden tabs are asked once a second. */
const PRESENT_MS = 3_000;

const termOf = ({ about }: Presence): number => Number(PRIMARY.exec(about)?.[1] ?? 0);

export class Rendezvous {
  readonly #listener: RendezvousListener;
  readonly #signalling: Signalling;
  readonly #meeting: ReturnType<RendezvousParts['meeting']>;
  readonly #now: () => number;
  readonly #connections = new Map<string, Tie>();
  #isPrimary = false;
  /** Set while the primary is looked for. */
  #search: ReturnType<typeof setInterval> | undefined;
  /** A connection to a primary that is being made. */
  #attempt: { readonly connection: Tie; readonly term: number } | undefined;

  private constructor(
    listener: RendezvousListener,
    signalling: Signalling,
    { meeting, now }: RendezvousParts,
    options: Pick<MeetingOptions, 'keys' | 'handOver'>,
  ) {
    this.#listener = listener;
    this.#signalling = signalling;
    this.#now = now;
    this.#meeting = meeting({
      ...options,
      signalling,
      admit: () => this.#admit(),
      onConnection: (connection) => {
        this.#follow(connection);
      },
    });
  }

  /** Comes to the session of an invitation. */
  static async open(
    invitation: Invitation,
    listener: RendezvousListener,
    parts = BROWSER,
  ): Promise<Rendezvous> {
    const keys = await deriveKeys(invitation);
    const carrier = parts.carrier(invitation.session);
    const signalling = new Signalling({ carrier, keys, about: 'here', now: parts.now });
    const rendezvous = new Rendezvous(listener, signalling, parts, {
      keys,
      handOver: listener.attach,
    });
    signalling.listen({
      signal: (from, signal) => {
        rendezvous.#meeting.signal(from, signal);
      },
      presence: () => {
        rendezvous.#look();
      },
      refused: ({ kind, sentence }) => {
        if (kind === 'not-ours') listener.stranger(sentence);
      },
    });
    return rendezvous;
  }

  /** This tab has the machine now. */
  announce(term: number): void {
    this.#isPrimary = true;
    this.#stopSearch();
    this.#signalling.announce(`primary ${String(term)}`);
  }

  /** Looks for the primary until there is a connection to one. */
  findPrimary(): void {
    if (this.#isPrimary) {
      this.#isPrimary = false;
      this.#signalling.announce('here');
    }
    this.#search ??= setInterval(() => {
      this.#signalling.ask();
      this.#look();
    }, SEARCH_PERIOD_MS);
    this.#signalling.ask();
    this.#look();
  }

  /** A link is over: its connection has no purpose any more. */
  linkClosed(attempt: string): void {
    this.#connections.get(attempt)?.close('The link is over.');
  }

  /** Ends all connections and says good-bye; for `pagehide` too. */
  close(sentence: string): void {
    this.#stopSearch();
    this.#meeting.close(sentence);
    this.#signalling.close().catch((error: unknown) => {
      console.warn('Signalling could not be closed:', error);
    });
  }

  #stopSearch(): void {
    clearInterval(this.#search);
    this.#search = undefined;
  }

  /** Connects to the newest primary that there is, unless that is under way. */
  #look(): void {
    if (this.#search === undefined) return;
    const recent = this.#now() - PRESENT_MS;
    const [newest] = this.#signalling.present
      .filter((party) => termOf(party) > 0 && party.heard >= recent)
      .sort((a, b) => termOf(b) - termOf(a) || b.heard - a.heard);
    if (newest === undefined) return;
    const term = termOf(newest);
    if (this.#attempt !== undefined) {
      if (this.#attempt.term >= term) return;
      this.#attempt.connection.close('Another tab has the machine now.');
    }
    if (this.#connections.size >= CONNECTIONS) return;
    const connection = this.#meeting.join(newest.party);
    this.#attempt = { connection, term };
    this.#follow(connection);
  }

  #admit(): string | undefined {
    return this.#isPrimary ? undefined : 'The machine does not run in this tab.';
  }

  #follow(connection: Tie): void {
    const { attempt } = connection;
    this.#connections.set(attempt, connection);
    const isOurs = (): boolean => this.#attempt?.connection === connection;
    const over = (): void => {
      if (isOurs()) this.#attempt = undefined;
    };
    void connection.established.then((established) => {
      if (established.ok) {
        if (isOurs()) this.#stopSearch();
        over();
        this.#listener.established(attempt);
      } else {
        over();
        this.#listener.disconnected(attempt, established.error.sentence);
        if (established.error.pairing !== undefined) {
          this.#listener.stranger(established.error.sentence);
        }
      }
    });
    void connection.closed.then(({ sentence }) => {
      over();
      this.#connections.delete(attempt);
      this.#listener.disconnected(attempt, sentence);
    });
  }
}
