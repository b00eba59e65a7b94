/** What a replica asks of its host. Effects are carried out at once, in order, before the next event. */
import type { PeerId } from './events.ts';
import type { InputItem, Message, MessageOf, PlacedOutput } from './messages.ts';
import type { CheckpointReport, Failover } from './statistics.ts';

export type Effect =
  | {
      readonly kind: 'send';
      readonly peer: PeerId;
      readonly term: number;
      readonly message: Message;
    }
  /** Close the link once what was sent is out. */
  | { readonly kind: 'close'; readonly peer: PeerId }
  /**
   * A test-and-set: the term becomes `expected + 1` if it is `expected`. Answered by a `witness`
   * event; asked again when no answer comes.
   */
  | { readonly kind: 'ask-witness'; readonly expected: number; readonly claimant: string }
  // Primary
  /**
   * Pause, capture, go on; answered by `captured`. `first`: all pages written since RAM held the machine's
   * baseline, if that is `baseline`, else all pages; `dirty`: those written since the last capture. `last`: do not go on (the guest may stand
   * still already).
   */
  | {
      readonly kind: 'capture';
      readonly epoch: number;
      readonly scope: 'first' | 'dirty';
      readonly baseline: Uint8Array;
      readonly last: boolean;
    }
  /** The answer to `captured`: copy and encode it, as a difference to `base` (0: the baseline); answered by `chunk`s and `staged`. */
  | {
      readonly kind: 'copy';
      readonly epoch: number;
      readonly base: number;
      readonly baseline: Uint8Array;
    }
  /** Committed: the dirty set of these epochs can be forgotten, the delta cache moves on. */
  | { readonly kind: 'forget-dirty'; readonly epoch: number }
  /**
   * Not committed: these epochs' pages are dirty again, and nothing more is compared with them. A copy still at
   * work is given up; it is answered by `staged` all the same, as is the other answer to `captured`: a capture that
   * nobody wants.
   */
  | { readonly kind: 'merge-dirty'; readonly epochs: readonly number[] }
  /** Into the machine, in order. Items of a lane are counted by the host, see CaptureFacts. */
  | { readonly kind: 'deliver-inputs'; readonly items: readonly InputItem[] }
  /** Make the guest wait (or no longer): gate or staging are full. */
  | { readonly kind: 'throttle'; readonly on: boolean; readonly why: 'gate' | 'staging' }
  /**
   * Run. After a takeover: from the checkpoint that was applied last, with guest time and wall
   * clock set right (R10). Answered by `guest-started` at the first instruction, or `guest-failed`.
   */
  | {
      readonly kind: 'start-guest';
      readonly cause: 'begin' | 'takeover' | 'resume';
      readonly epoch: number;
    }
  /** Stop for good: what runs here is no longer the machine (R5). */
  | { readonly kind: 'stop-guest'; readonly sentence: string }
  // Standby
  /** Make the machine that `welcome` describes; answered by `prepared` or `prepare-failed`. */
  | { readonly kind: 'prepare'; readonly welcome: MessageOf<'welcome'> }
  /** Keep a part of a checkpoint. `direct`: a first copy, which may go straight into RAM. */
  | {
      readonly kind: 'stage';
      readonly epoch: number;
      readonly part: 'pages' | 'sections';
      readonly bytes: Uint8Array;
      readonly direct: boolean;
    }
  /** Forget what is staged of these epochs. */
  | { readonly kind: 'discard-staging'; readonly epochs: readonly number[] }
  /** Whole and verified: apply all of it or none, then `applied` or `apply-failed`. */
  | { readonly kind: 'apply'; readonly epoch: number; readonly direct: boolean }
  /**
   * The witness is being asked: load the checkpoint that was applied last into the machine, so that only its first
   * instruction is missing. Said again when another is applied meanwhile; `start-guest` or `forget-machine` follows.
   */
  | { readonly kind: 'arm-guest'; readonly epoch: number }
  /**
   * The primary is silent: run the checkpoint that was applied last, but so that all of it can be taken back, and tell nobody
   * what it says. `start-guest` keeps it; `roll-back` or `forget-machine` end it.
   */
  | { readonly kind: 'speculate'; readonly epoch: number }
  /** Not silent after all: make RAM what it was, before the next `apply`. */
  | { readonly kind: 'roll-back'; readonly epoch: number }
  /** What the primary's host said of its hot code; advice, of which the copy's contents do not depend. */
  | { readonly kind: 'hot-code'; readonly bytes: Uint8Array }
  /** This machine's copy here is worthless: free it. */
  | { readonly kind: 'forget-machine' }
  // Both
  /**
   * For this tab's terminal (`console`) and network (`frame`, of a primary only). `lost`: bytes before
   * these that nobody has any more.
   */
  | {
      readonly kind: 'show-output';
      readonly items: readonly PlacedOutput[];
      readonly lost: number;
    }
  /** Output that nobody saw and nobody will. */
  | { readonly kind: 'discard-output'; readonly bytes: number }
  | { readonly kind: 'input-refused'; readonly lane: string; readonly sentence: string }
  /** This node has the machine now: tell those who watch how to find it (signalling, lock). */
  | { readonly kind: 'announce'; readonly term: number }
  /** Find the primary of this machine and connect to it. */
  | { readonly kind: 'find-primary' }
  /** The state as people see it has changed: see `viewOf`. */
  | { readonly kind: 'state-changed' }
  /** Figures of the primary's host, as it gave them. */
  | { readonly kind: 'telemetry'; readonly bytes: Uint8Array }
  | { readonly kind: 'report'; readonly report: CheckpointReport }
  | { readonly kind: 'failover'; readonly failover: Failover }
  /** A sentence for people. */
  | { readonly kind: 'notice'; readonly level: 'info' | 'warning'; readonly sentence: string };

export type EffectOf<K extends Effect['kind']> = Extract<Effect, { readonly kind: K }>;
