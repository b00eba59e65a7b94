/**
 * The thread of a replica in the browser: it owns the machine's worker, the data channels and the page's share in
 * the pair. Nothing here waits for the page's own thread, whose timers a hidden tab slows down.
 */
import { expose, proxy } from 'comlink';
import { assert } from '../../base/assert.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Compressor } from '../../checkpoint/compression.ts';
import { Hasher } from '../../checkpoint/digest.ts';
import { loadZstd } from '../../checkpoint/zstd.ts';
import { INTERVAL_MS } from '../../replication/limits.ts';
import type { MessageOf } from '../../replication/messages.ts';
import { ChannelLink, type DataChannels } from '../../transport/channel-link.ts';
import type { CloseReason } from '../../transport/link.ts';
import { RAM_MAX_BYTES } from '../../vm/layout.ts';
import { createChannel } from '../shared/channel.ts';
import type { GuestEnd } from '../shared/loop-end.ts';
import { decodeDescription, encodeDescription } from '../shared/pair/description.ts';
import type { ParkedMachine } from '../shared/pair/machine-desk.ts';
import { isInput } from '../shared/pair/lanes.ts';
import { ReplicaHost } from '../shared/pair/replica-host.ts';
import type { Beginning, ReplicaListener } from '../shared/pair/replica-parts.ts';
import type { HostProblem } from '../shared/problem.ts';
import { ScreenWriter } from '../shared/screen-ring.ts';
import { holdLife, watchLife } from './life-lock.ts';
import type { MachineWorkerApi, Prepared } from './machine.worker.ts';
import type { StartProgress } from './types.ts';
import { WitnessStore } from './witness-store.ts';
import { handleOf, type WorkerHandle } from './worker-handle.ts';

/** What all replicas of a machine begin with. */
interface CommonOptions {
  /** Names the machine's life: the session of its invitation. */
  readonly machine: string;
  /** Names this life of this tab, used once. */
  readonly node: string;
  /** The page's address: the guest's is relative to it. */
  readonly page: string;
  /** Where the page reads output for its terminal: see ScreenWriter. */
  readonly screen: SharedArrayBuffer;
}

export interface NewMachineOptions extends CommonOptions {
  /** As the page has it. */
  readonly guestUrl: string;
  readonly memoryMB: number | undefined;
  readonly cold: boolean;
}

export interface JoinOptions extends CommonOptions {
  readonly wants: 'standby' | 'watch';
}

/** How a machine of one's own began. */
export type Begun = Pick<Prepared, 'mode' | 'notice'>;

/** What the page is told; each is called by way of messages. */
export interface ReplicaEvents extends Omit<ReplicaListener, 'show' | 'failed'> {
  readonly progress: (progress: StartProgress) => void;
  readonly halted: (end: GuestEnd) => void;
  readonly failed: (reason: string) => void;
}

const extendDigest = (previous: Uint8Array, bytes: Uint8Array): Uint8Array =>
  new Hasher().bytes(previous).bytes(bytes).finish();

const reasonOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

/** A machine's worker, to be asked for a machine and then to run it. */
const makeMachineWorker = (): WorkerHandle<MachineWorkerApi> =>
  handleOf(
    // In one expression, or the bundler does not see it.
    new Worker(new URL('./machine.worker.ts', import.meta.url), {
      type: 'module',
      name: 'machine',
    }),
    "the machine's worker",
  );

/** What is asked of a machine that was prepared. */
const threadOf = ({
  api,
  answer,
  terminate,
}: WorkerHandle<MachineWorkerApi>): Omit<
  ParkedMachine,
  'memory' | 'ramBytes' | 'channel' | 'baseline'
> => ({
  load: (sections) => answer(api.load(sections)),
  run: (sections) => answer(api.run(sections)),
  foresee: (pages) => answer(api.foresee(pages)),
  speculate: (sections, channel) => answer(api.speculate(sections, channel)),
  terminate,
});

class ReplicaWorker {
  #host: ReplicaHost | undefined;
  #events: ReplicaEvents | undefined;
  #compressor: Compressor | undefined;
  readonly #links = new Map<string, ChannelLink>();

  /** Makes a machine and runs it here. */
  async begin(
    options: NewMachineOptions,
    events: ReplicaEvents,
  ): Promise<Result<Begun, HostProblem>> {
    this.#events = events;
    const worker = makeMachineWorker();
    const { api, answer, terminate } = worker;
    const channel = createChannel();
    const { guestUrl, memoryMB, cold, page } = options;
    const report = proxy((progress: StartProgress) => {
      events.progress(progress);
    });
    const request = { guestUrl: new URL(guestUrl, page).href, memoryMB, cold, channel };
    const [prepared] = await Promise.all([
      answer(api.prepare(request, report)),
      this.#load(options.node),
    ]);
    if (!prepared.ok) {
      terminate();
      return prepared;
    }
    const { mode, notice, screen, memory, ramBytes, baseline, guest } = prepared.value;
    const parked = { memory, ramBytes, channel, baseline, ...threadOf(worker) };
    const description = encodeDescription({ guestUrl, guest });
    this.#open(options, {
      kind: 'primary',
      first: { parked, screen },
      facts: { ramBytes, baseline, description },
    });
    return ok({ mode, notice });
  }

  /** Joins a machine that runs elsewhere. */
  async join(options: JoinOptions, events: ReplicaEvents): Promise<void> {
    this.#events = events;
    await this.#load(options.node);
    this.#open(options, { kind: 'standby', wants: options.wants });
  }

  async #load(node: string): Promise<void> {
    const [compressor] = await Promise.all([loadZstd(), holdLife(node)]);
    this.#compressor = compressor;
  }

  #open(options: CommonOptions, beginning: Beginning): void {
    const { machine, node, page } = options;
    const witness = new WitnessStore(machine);
    const compressor = this.#compressor;
    assert(compressor !== undefined, 'the compressor is loaded first');
    this.#host = new ReplicaHost(
      {
        config: {
          ...{ machine, node, capacityBytes: RAM_MAX_BYTES, intervalMs: INTERVAL_MS },
          ...{ stagingPolicy: 'throttle', extendDigest, understands: isInput },
        },
        now: () => performance.now(),
        wall: () => Date.now(),
        compressor,
        askWitness: (claim) => witness.ask(claim),
        prepare: (welcome) => prepareCopy(welcome, page),
        watchNode: watchLife,
        listener: this.#listener(new ScreenWriter(options.screen)),
      },
      beginning,
    );
  }

  /** The page's side of the listener. What cannot be told to a page that has gone is nobody's any more. */
  #listener(screen: ScreenWriter): ReplicaListener {
    const events = this.#events;
    assert(events !== undefined, 'the page listens first');
    const lost = (error: unknown): void => {
      console.error('The page could not be told:', error);
    };
    // By way of messages each of them answers with a promise, whatever it says here.
    const tell =
      <A extends unknown[]>(call: (...args: A) => unknown) =>
      (...args: A): void => {
        Promise.resolve(call(...args)).catch(lost);
      };
    return {
      show: (device, bytes) => screen.show(device, bytes),
      status: tell((status) => events.status(status)),
      copy: tell((progress) => events.copy(progress)),
      sample: tell((sample) => events.sample(sample)),
      takeovers: tell((records) => events.takeovers(records)),
      notice: tell((notice) => events.notice(notice)),
      refused: tell((sentence) => events.refused(sentence)),
      machine: tell((channel) => events.machine(channel)),
      findPrimary: tell(() => events.findPrimary()),
      announce: tell((term) => events.announce(term)),
      linkClosed: tell((peer) => {
        this.#links.delete(peer);
        events.linkClosed(peer);
      }),
      halted: tell((end) => events.halted(end)),
      ended: tell((sentence) => events.ended(sentence)),
      failed: tell((error: unknown) => events.failed(reasonOf(error))),
    };
  }

  /** Takes the channels of a connection, in the task in which they arrive. See ChannelLink. */
  attach(attempt: string, channels: DataChannels): Promise<CloseReason | undefined> {
    const link = new ChannelLink(channels);
    this.#links.set(attempt, link);
    this.#host?.addLink(attempt, link);
    return link.attached;
  }

  /** The other side of a connection is who it should be. */
  established(attempt: string): void {
    const link = this.#links.get(attempt);
    if (link === undefined || link.closed !== undefined) return;
    this.#host?.connected(attempt);
    link.start();
  }

  /** A connection came to nothing, or is over. */
  disconnected(attempt: string, sentence: string): void {
    this.#links.get(attempt)?.close(sentence);
  }

  /** Keys for a console; settles when more may be typed. */
  async key(device: string, bytes: Uint8Array): Promise<void> {
    await this.#host?.key(device, bytes);
  }

  resize(columns: number, rows: number): void {
    this.#host?.resize(columns, rows);
  }

  handOver(): void {
    this.#host?.happen({ kind: 'hand-over' });
  }

  /** The page is being closed. */
  leave(): void {
    this.#host?.happen({ kind: 'leave' });
  }

  /** Somebody without the secret was turned away. */
  stranger(sentence: string): void {
    this.#host?.happen({ kind: 'stranger', sentence });
  }
}

/** Makes the machine that a standby holds its copy in; an error is a sentence for both sides. */
async function prepareCopy(
  welcome: MessageOf<'welcome'>,
  page: string,
): Promise<Result<ParkedMachine, string>> {
  const { ramBytes } = welcome;
  const description = decodeDescription(welcome.description);
  if (description === undefined)
    return err('The machine is of another kind than this tab can hold.');
  const guestUrl = new URL(description.guestUrl, page);
  if (guestUrl.origin !== new URL(page).origin) return err('The guest is on another server.');
  const worker = makeMachineWorker();
  const { api, answer, terminate } = worker;
  const channel = createChannel();
  const prepared = await answer(
    api.prepareCopy({
      ...{ guestUrl: guestUrl.href, channel, ramBytes },
      ...{ baseline: welcome.baseline.slice(), guest: description.guest },
    }),
  );
  if (!prepared.ok) {
    terminate();
    return err(`${prepared.error.message} ${prepared.error.advice}`.trim());
  }
  const { memory, baseline } = prepared.value;
  return ok({ memory, ramBytes, channel, baseline, ...threadOf(worker) });
}

export type ReplicaWorkerApi = Omit<ReplicaWorker, '#host'>;

expose(new ReplicaWorker());
