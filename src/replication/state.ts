/**
 * The states of a replica: discriminated unions whose members carry only their own fields.
 *
 * ```
 *   startPrimary ─▶ opening ─▶ running ◀──────────── deciding ◀─ ready ◀─ copying ◀─ preparing
 *                      │          │ its term is over    │ lost       (a first copy)      ▲
 *                      └──────────┴─────────▶ outside ◀─┘                                │
 *   startStandby ──────────────────────────▶ outside ─▶ joining ─────────────▶ watching ─┘
 * ```
 */
import type { MachineFacts } from './config.ts';
import type { CaptureFacts, PeerId, StagedFacts } from './events.ts';
import type { Gate } from './gate.ts';
import type { Inputs } from './inputs.ts';
import type { AppliedInput, MessageOf, PlacedOutput, ShownPosition } from './messages.ts';
import type { Pacing } from './pacing.ts';
import type { Silence } from './silence.ts';
import type { Failover, SuspicionWord, TakeoverWord, Totals } from './statistics.ts';
import type { Viewer } from './viewer.ts';
import type { PendingClaim } from './witness.ts';

/** What every state has. */
export interface Common {
  /** The time of the newest event. */
  readonly now: number;
  /** The term that this node lives in. */
  readonly term: number;
  /** This tab's terminal and keyboard outlive its roles. */
  readonly viewer: Viewer;
  readonly inputs: Inputs;
  readonly gate: Gate;
  /** When the next heartbeat is due. */
  readonly beatAt: number;
  /** How many times this node has said hello. */
  readonly hellos: number;
}

// The primary

/** What a link's other end is to the primary. */
export interface Peer {
  readonly as: 'unknown' | 'standby' | 'queued' | 'watcher';
  /** Its name; empty before its hello. */
  readonly node: string;
  /** The `attempt` of its newest hello. */
  readonly hello: number;
  /** When it was last told that its term is over. */
  readonly remindedAt: number;
}

/** A captured epoch on its way to being committed. */
export interface Flight {
  readonly epoch: number;
  readonly base: number;
  readonly first: boolean;
  readonly capturedAt: number;
  /** Length of the epoch, in milliseconds. */
  readonly epochMs: number;
  readonly facts: CaptureFacts;
  readonly outputs: readonly PlacedOutput[];
  readonly applied: readonly AppliedInput[];
  /** First copy only, see `commit`. */
  readonly positions: readonly ShownPosition[];
  /** The gate was closed when it was captured. */
  readonly protects: boolean;
  readonly chunks: number;
  readonly wireBytes: number;
  readonly digest: Uint8Array;
  /** Set when all was sent, the commit included. */
  readonly sent: (StagedFacts & { readonly at: number }) | undefined;
}

/** A capture that was asked for; it is in the way of the next until its copy is complete. */
export interface PendingCapture {
  readonly epoch: number;
  readonly scope: 'first' | 'dirty';
  readonly baseline: Uint8Array;
  /** The gate closes with it. */
  readonly closes: boolean;
  /** Nobody wants the result any more. */
  readonly void: boolean;
}

/** What stands between the machine and a crash. */
export type Protection =
  | { readonly kind: 'unprotected'; readonly since: number; readonly why: SuspicionWord | 'alone' }
  /** The standby makes its machine. */
  | { readonly kind: 'preparing'; readonly peer: PeerId; readonly since: number }
  /** First copy and catching up, with an open gate: a crash now loses the machine. */
  | {
      readonly kind: 'copying';
      readonly peer: PeerId;
      readonly since: number;
      readonly silence: Silence;
      /** Checkpoints committed so far. */
      readonly rounds: number;
      readonly lastBytes: number;
    }
  /** The gate is closed; protected as soon as `epoch` is committed. */
  | {
      readonly kind: 'closing';
      readonly peer: PeerId;
      readonly since: number;
      readonly silence: Silence;
      readonly epoch: number;
    }
  | {
      readonly kind: 'protected';
      readonly peer: PeerId;
      readonly since: number;
      readonly silence: Silence;
    }
  /** The standby seems lost: only the witness's word opens the gate. */
  | {
      readonly kind: 'suspect';
      /** Undefined when there is no standby (a higher term was heard of). */
      readonly peer: PeerId | undefined;
      readonly since: number;
      readonly why: SuspicionWord;
      readonly claim: PendingClaim;
    };

/** The guest stops: its last state goes to the standby before anything else happens. */
export interface Ending {
  readonly purpose: 'hand-over' | 'halt';
  readonly since: number;
  readonly sentence: string;
  /** The last epoch, once it is captured. */
  readonly epoch: number | undefined;
  readonly requestedAt: number | undefined;
}

/** Asks the witness for the first term; nothing runs yet. */
export interface Opening extends Common {
  readonly role: 'primary';
  readonly kind: 'opening';
  readonly machine: MachineFacts;
  readonly claim: PendingClaim;
}

export interface Running extends Common {
  readonly role: 'primary';
  readonly kind: 'running';
  readonly machine: MachineFacts;
  /**
   * No witness could be asked when this machine began: nobody could say who goes on, so it never has a standby.
   */
  readonly alone: boolean;
  /** The epoch that runs. */
  readonly epoch: number;
  /** The newest committed one. */
  readonly committed: number;
  /** When it was captured: its age is the exposure. Undefined before the first. */
  readonly committedCapturedAt: number | undefined;
  readonly protection: Protection;
  /** What the newest standby's RAM held before its first copy: see `ready`. */
  readonly baseline: Uint8Array;
  readonly capture: PendingCapture | undefined;
  readonly flights: readonly Flight[];
  /** Consumed in aborted epochs: the next checkpoint has to say so. */
  readonly carried: readonly AppliedInput[];
  readonly rejectsInARow: number;
  readonly pacing: Pacing;
  readonly throttled: { readonly gate: boolean; readonly staging: boolean };
  readonly peers: ReadonlyMap<PeerId, Peer>;
  /** When the guest last put something out. */
  readonly spokeAt: number;
  /** When the machine's worker last gave a sign of life; undefined before its first. */
  readonly machineSeenAt: number | undefined;
  readonly ending: Ending | undefined;
  /** The takeover that brought the machine here, until its last figure is known. */
  readonly failover: OpenFailover | undefined;
  /** The newest takeover, complete. */
  readonly lastFailover: Failover | undefined;
  readonly totals: Totals;
}

/** What is known of a takeover before the guest runs. */
export type OpenFailover = Omit<
  Failover,
  'firstInstructionAt' | 'firstOutputAt' | 'downtimeMs' | 'exposureMs'
> & { readonly firstInstructionAt: number | undefined; readonly atRest: boolean };

// The standby

/** A checkpoint as it arrives. */
export interface Incoming {
  readonly epoch: number;
  readonly direct: boolean;
  readonly chunks: number;
  readonly digest: Uint8Array;
  readonly outputs: readonly PlacedOutput[];
  /** Set by a commit that fits: whole and verified. */
  readonly whole: Pick<MessageOf<'commit'>, 'protects' | 'applied' | 'positions'> | undefined;
}

/** A standby's copy of the machine. */
export interface Receiver {
  /** The checkpoint that the copy equals; 0: none, it is worthless yet. */
  readonly committed: number;
  readonly committedAt: number;
  /** As of the newest beat the guest had done nothing since: a crash then loses nothing. */
  readonly atRest: boolean;
  /** The newest beat's `nextMs`. */
  readonly nextBeatMs: number;
  /** It may be taken over: no output beyond it has left, nor will before the next. */
  readonly protects: boolean;
  /** In order; all but the last are whole, and the first whole one is being applied. */
  readonly incoming: readonly Incoming[];
  /** The epoch that was rejected and is waited for anew; 0: none. */
  readonly broken: number;
  readonly received: { readonly checkpoints: number; readonly bytes: number };
}

interface StandbyCommon extends Common {
  readonly role: 'standby';
  /** What this node said it wants. */
  readonly wants: 'standby' | 'watch';
  /** Links to others than the primary; all of them are told to go elsewhere. */
  readonly strangers: readonly PeerId[];
}

/** No link to a primary. */
export interface Outside extends StandbyCommon {
  readonly kind: 'outside';
  readonly why: OutsideWord;
}
export type OutsideWord =
  | 'new'
  /** The witness gave the term to another. */
  | 'fenced'
  /** The primary went on without us. */
  | 'dropped'
  /** The link broke. */
  | 'disconnected'
  /** The primary is gone and our copy is not whole: if nobody else has the machine, it is lost. */
  | 'copy-incomplete';

export interface Joining extends StandbyCommon {
  readonly kind: 'joining';
  readonly peer: PeerId;
  readonly askedAt: number;
}

/** Shows the output, holds no copy. */
export interface Watching extends StandbyCommon {
  readonly kind: 'watching';
  readonly peer: PeerId;
  /** Waits to become the next standby. */
  readonly queued: boolean;
  readonly silence: Silence;
}

export interface Preparing extends StandbyCommon {
  readonly kind: 'preparing';
  readonly peer: PeerId;
  readonly machine: MachineFacts;
  readonly silence: Silence;
}

/** First copy and catching up: worthless if the primary dies now. */
export interface Copying extends StandbyCommon {
  readonly kind: 'copying';
  readonly peer: PeerId;
  readonly machine: MachineFacts;
  readonly silence: Silence;
  readonly receiver: Receiver;
  /** `ready` is repeated until the first checkpoint begins. */
  readonly readySaid: { readonly baseline: Uint8Array; readonly at: number } | undefined;
}

/** Protects the machine. */
export interface Ready extends StandbyCommon {
  readonly kind: 'ready';
  readonly peer: PeerId;
  readonly machine: MachineFacts;
  readonly silence: Silence;
  readonly receiver: Receiver;
  /** The guest runs ahead from there: see `speculate`. */
  readonly speculates: boolean;
  /** When that was last begun. */
  readonly speculatedAt: number;
  /** The primary wants us to go on after this epoch. */
  readonly handOver: number | undefined;
}

/** Believes that the primary is gone, and has asked the witness. */
export interface Deciding extends StandbyCommon {
  readonly kind: 'deciding';
  /** Undefined when the link is gone too. */
  readonly peer: PeerId | undefined;
  readonly machine: MachineFacts;
  readonly receiver: Receiver;
  readonly speculates: boolean;
  readonly why: TakeoverWord;
  readonly noticedAt: number;
  readonly lastHeardAt: number;
  readonly claim: PendingClaim;
  /** The witness granted this term; a checkpoint is still being applied. */
  readonly won: { readonly term: number; readonly at: number } | undefined;
}

/** Nothing more happens here; the host may throw the replica away. */
export interface Ended extends Common {
  readonly role: 'ended';
  readonly kind: 'ended';
  readonly why: 'left' | 'halted' | 'refused' | 'failed';
  readonly sentence: string;
}

export type PrimaryState = Opening | Running;
export type StandbyState = Outside | Joining | Watching | Preparing | Copying | Ready | Deciding;
export type ReplicaState = PrimaryState | StandbyState | Ended;
