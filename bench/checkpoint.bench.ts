/**
 * What protection costs on Node, without a link: the machine in its thread, copier and codec in another, and a
 * standby that commits at once. What WebRTC adds is the business of a bench in the browser. Slow-downs
 * compare runs that take turns, because computers do other things too.
 */
import { pausesWith } from './pause.ts';
import { ProtectedGuest } from './protected-guest.ts';
import type { Protector, Shipment } from './protector.ts';
import { type BenchOptions, figure, median, type Figure, partsOf, type Report } from './report.ts';
import { NOTHING, sum, weigh, type Weights } from './wire.ts';

export const name = 'checkpoint';
export const options = ['only'];

/** The pair's default. */
const INTERVAL_MS = 20;
const SECOND_MS = 1000;
const IDLE_MS = 10_000;
/** A guest that has just been resumed sets its clock and stirs its random state: that is not idleness. */
const SETTLE_MS = 4_000;
const WIRE_MS = 6_000;
const TALK_MS = 5_000;
const ROUNDS = 3;

const REDIS = '-s /tmp/bench.sock';
const START_REDIS = [
  'redis-server --port 0 --unixsocket /tmp/bench.sock --save "" --daemonize yes >/dev/null',
  `until redis-cli ${REDIS} ping | grep -q PONG; do :; done`,
].join(' && ');
const redisLoad = (requests: number): string =>
  `redis-benchmark ${REDIS} -q -t set,get -n ${requests} -r 20000 -d 100 >/dev/null`;
/** So long that whoever measures stops it. */
const ENDLESS_REDIS = `timeout -s KILL 600 redis-benchmark ${REDIS} -q -t set,get -l -r 20000 -d 100 >/dev/null; true`;
const ENDLESS_PYTHON = `timeout -s KILL 600 python3 -c '
import json
table = {}
count = 0
while True:
    table[count % 20000] = {"name": str(count), "values": [count] * 8}
    if count % 1000 == 0: json.loads(json.dumps(list(table.values())[:200]))
    count += 1
'; true`;
const GZIP = 'seq 1 150000 | gzip -6 | sha256sum >/dev/null';
/** A guest that keeps talking. */
const ENDLESS_TALK = 'timeout -s KILL 600 sh -c "while :; do echo talk; done > /dev/hvc0"; true';

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** A figure of one number. */
const single = (label: string, unit: string, value: number, n = 1): Figure => ({
  ...{ name: label, value, unit, n, min: value, max: value, where: 'node' },
});

function percentile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

/** Protects the guest for as long as `during` takes; what was shipped meanwhile. */
async function protect(
  guest: ProtectedGuest,
  intervalMs: number,
  during: (soFar: readonly Shipment[]) => Promise<unknown>,
): Promise<{ readonly shipments: readonly Shipment[]; readonly seconds: number }> {
  const shipments: Shipment[] = [];
  const protector: Protector = await guest.protector({
    intervalMs,
    onShipment: (shipment) => shipments.push(shipment),
  });
  await protector.start();
  const start = performance.now();
  await during(shipments);
  const seconds = (performance.now() - start) / SECOND_MS;
  await protector.stop();
  return { shipments, seconds };
}

/** A guest for one measurement. */
async function withGuest<T>(
  kind: 'resumed' | 'cold',
  measure: (guest: ProtectedGuest) => Promise<T>,
): Promise<T> {
  const guest = await ProtectedGuest.start(kind);
  try {
    return await measure(guest);
  } finally {
    await guest.end();
  }
}

/** Leaves a command running in the guest; its end is nobody's business. */
function leaveRunning(guest: ProtectedGuest, command: string): void {
  guest.run(command).catch(() => undefined);
}

const reportPauses = (report: Report, shipments: readonly Shipment[]): void => {
  const pauses = shipments.map(({ pauseMs }) => pauseMs);
  const [min, max] = [Math.min(...pauses), Math.max(...pauses)];
  const common = { unit: 'ms', n: pauses.length, min, max, where: 'node' } as const;
  report({ ...common, name: 'pause_p50_ms', value: median(pauses) });
  report({ ...common, name: 'pause_p99_ms', value: percentile(pauses, 0.99) });
  const dirty = shipments.map(({ facts }) => facts.copy.pages);
  report(figure('dirty_pages_redis', 'pages', 'node', dirty));
  const byGuest = shipments.map(({ facts }) => facts.copy.byGuest);
  report(figure('copied_by_guest_redis', 'pages', 'node', byGuest));
};

/** Pauses under load, and how the load fares. */
async function redis(report: Report): Promise<void> {
  await withGuest('resumed', async (guest) => {
    await guest.ready();
    await guest.run(START_REDIS);
    const load = redisLoad(10_000);
    await guest.run(load);
    const shipments: Shipment[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const bare = await guest.run(load);
      let guarded = 0;
      const shipped = await protect(guest, INTERVAL_MS, async () => {
        guarded = await guest.run(load);
      });
      shipments.push(...shipped.shipments);
      ratios.push(guarded / bare - 1);
    }
    reportPauses(report, shipments);
    report(figure('overhead_ratio_redis', 'ratio', 'node', ratios));
  });
}

async function gzip(report: Report): Promise<void> {
  await withGuest('resumed', async (guest) => {
    await guest.ready();
    await guest.run(GZIP);
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const bare = await guest.run(GZIP);
      let guarded = 0;
      await protect(guest, INTERVAL_MS, async () => {
        guarded = await guest.run(GZIP);
      });
      ratios.push(guarded / bare - 1);
    }
    report(figure('overhead_ratio_gzip', 'ratio', 'node', ratios));
  });
}

async function talk(report: Report): Promise<void> {
  await withGuest('resumed', async (guest) => {
    await guest.ready();
    leaveRunning(guest, ENDLESS_TALK);
    const { shipments, seconds } = await protect(guest, 0, () => sleep(TALK_MS));
    const rate = shipments.length / seconds;
    report(single('checkpoints_per_s', '1/s', rate, shipments.length));
  });
}

async function idle(report: Report): Promise<void> {
  await withGuest('resumed', async (guest) => {
    await guest.ready();
    let resumed = 0;
    const all = await protect(guest, INTERVAL_MS, async (soFar) => {
      await sleep(SETTLE_MS);
      resumed = soFar.length;
      await sleep(IDLE_MS);
    });
    const shipments = all.shipments.slice(resumed);
    const seconds = IDLE_MS / SECOND_MS;
    const bytes = shipments.reduce((total, { facts }) => total + facts.wireBytes, 0);
    report(single('idle_bytes_per_s', 'B/s', bytes / seconds, shipments.length));
    report(single('idle_checkpoints_per_s', '1/s', shipments.length / seconds, shipments.length));
  });
}

/** A first copy for a standby that has the snapshot, and for one that has nothing. */
async function firstCopy(report: Report): Promise<void> {
  const seconds: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [hasBaseline, into] of [[true, seconds] as const, [false, bare] as const]) {
      await withGuest('resumed', async (guest) => {
        await guest.ready();
        const protector = await guest.protector({
          intervalMs: INTERVAL_MS,
          onShipment: () => undefined,
        });
        const start = performance.now();
        await protector.start(hasBaseline);
        into.push((performance.now() - start) / SECOND_MS);
        await protector.stop();
      });
    }
  }
  report(figure('first_copy_s', 's', 'node', seconds));
  report(figure('first_copy_without_snapshot_s', 's', 'node', bare));
}

/** R2: the same with hardly anything to save and with a lot. */
function pauses(report: Report): Promise<void> {
  for (const pages of [1, 20_000]) {
    report(figure(`pause_with_${pages}_dirty_ms`, 'ms', 'node', pausesWith(pages)));
  }
  return Promise.resolve();
}

type Workload = (guest: ProtectedGuest) => Promise<void>;

const WORKLOADS: readonly {
  readonly label: string;
  readonly kind: 'resumed' | 'cold';
  readonly begin: Workload;
  /** Resolves when enough was seen. */
  readonly last: Workload;
}[] = [
  {
    ...{ label: 'idle', kind: 'resumed', last: () => sleep(WIRE_MS) },
    begin: (guest) => guest.ready(),
  },
  {
    ...{ label: 'redis', kind: 'resumed', last: () => sleep(WIRE_MS) },
    begin: async (guest) => {
      await guest.ready();
      await guest.run(START_REDIS);
      leaveRunning(guest, ENDLESS_REDIS);
    },
  },
  {
    ...{ label: 'python', kind: 'resumed', last: () => sleep(WIRE_MS) },
    begin: async (guest) => {
      await guest.ready();
      leaveRunning(guest, ENDLESS_PYTHON);
    },
  },
  {
    ...{ label: 'boot', kind: 'cold', begin: () => Promise.resolve() },
    last: (guest) => guest.ready(),
  },
];

/** Bytes on the wire against compressors of all dirty pages; the guest is held while those work. */
async function wire(report: Report): Promise<void> {
  let all = NOTHING;
  const tell = (suffix: string, { checkpoints, wire: ours, zstd1, gzip1, raw }: Weights): void => {
    report(single(`wire_ratio_vs_zstd1${suffix}`, 'ratio', ours / zstd1, checkpoints));
    report(single(`wire_ratio_vs_gzip1${suffix}`, 'ratio', ours / gzip1, checkpoints));
    report(single(`wire_ratio_vs_raw${suffix}`, 'ratio', ours / raw, checkpoints));
  };
  for (const { label, kind, begin, last } of WORKLOADS) {
    let weights = NOTHING;
    await withGuest(kind, async (guest) => {
      await begin(guest);
      const protector = await guest.protector({
        intervalMs: INTERVAL_MS,
        holds: true,
        onShipment: (shipment) => {
          weights = sum(weights, weigh(guest.machine.ram, shipment));
        },
      });
      await protector.start();
      await last(guest);
      await protector.stop();
    });
    tell(`_${label}`, weights);
    all = sum(all, weights);
  }
  tell('', all);
}

const MEASURES = { pauses, 'first-copy': firstCopy, idle, redis, gzip, talk, wire } as const;
const PARTS = Object.keys(MEASURES) as (keyof typeof MEASURES)[];

/** @param options `--only redis,talk` */
export async function run(report: Report, options: BenchOptions): Promise<void> {
  for (const part of partsOf(options, PARTS)) await MEASURES[part](report);
}
