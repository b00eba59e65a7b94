/** The page's view of the pair: who runs the machine, who protects it, and what that costs. */
import type {
  CopyProgress,
  PairNotice,
  PairSample,
  PairStatus,
  TakeoverRecord,
} from '../shared/pair/sample.ts';

export type {
  CopyProgress,
  Failover,
  PairNotice,
  PairSample,
  PairStatus,
  PressureWord,
  Spread,
  TakeoverRecord,
  TakeoverWord,
  Totals,
  ViewWord,
} from '../shared/pair/sample.ts';

/** Everything about the pair that changes now and then; figures come as {@link PairSample}s. */
export interface PairState {
  /** Undefined before the machine's first start. */
  readonly status: PairStatus | undefined;
  /** While a first copy is under way, on either side. */
  readonly copy: CopyProgress | undefined;
  /** Takeovers of this machine, oldest first, of all tabs. */
  readonly takeovers: readonly TakeoverRecord[];
  /** The newest sentence for people, until another comes. */
  readonly notice: PairNotice | undefined;
  /** True when an invitation can be made: the machine is known and this browser has what a pair needs. */
  readonly canInvite: boolean;
}

/** What a tab can do for its pair. All methods return at once (R12). */
export interface PairClient {
  readonly state: PairState;
  /** Subscribes and is called at once with the present state; the returned function unsubscribes. */
  onState(listener: (state: PairState) => void): () => void;
  /** Subscribes to figures: ten a second at most, none while nothing runs. */
  onSample(listener: (sample: PairSample) => void): () => void;
  /** Address that opens this machine in another tab: as its standby, or only to watch. Undefined unless `canInvite`. */
  invitation(wants: 'standby' | 'watch'): string | undefined;
  /** Has the standby go on in this tab's place, without losing anything. */
  handOver(): void;
  /**
   * Ends this tab's workers without a word to anybody, as a crash of its process would. The page stays, and
   * says so; the state becomes `failed`.
   */
  crash(): void;
}
