/** From options to a machine that runs: resumes the snapshot when it can, boots otherwise. */
import { existsSync } from 'node:fs';
import { err, ok, type Result } from '../../base/result.ts';
import type { BootFiles } from '../../vm/machine/boot.ts';
import { DEFAULT_MEMORY_MB } from '../shared/guest.ts';
import { snapshotCommand } from '../shared/guest-advice.ts';
import { problem, type HostProblem } from '../shared/problem.ts';
import { SCREEN_SECTION } from '../shared/screen.ts';
import { FileSource } from './file-source.ts';
import { readUserFile } from './files.ts';
import { GuestFolder } from './guest-folder.ts';
import { NodeMachine, type NodeMachineOptions } from './node-machine.ts';
import type { RunOptions } from './options.ts';
import { readSnapshotHead, unpackSnapshot, type SnapshotHead } from './snapshot-file.ts';

const MEGABYTE = 1 << 20;

export type GuestRequest = Omit<RunOptions, 'exec' | 'stats'>;

export interface StartedGuest {
  readonly machine: NodeMachine;
  readonly resumed: boolean;
}

export interface GuestListener {
  readonly console: NodeMachineOptions['onConsole'];
  readonly captured?: NodeMachineOptions['onCaptured'];
  readonly explain?: NodeMachineOptions['explain'];
  /** Something that a person should know. */
  readonly note: (text: string) => void;
}

type Files = Pick<NodeMachineOptions, 'diskPath' | 'disk1Path'>;

interface Plan {
  readonly files: Files;
  /** Reads and checks what a boot needs; not done for a resume. */
  readonly bootFiles: () => Result<BootFiles, HostProblem>;
  readonly snapshot: FoundSnapshot | undefined;
}

interface FoundSnapshot extends SnapshotHead {
  readonly path: string;
  readonly guestDigest: Uint8Array;
}

const joinCommandLine = (base: string, append: string | undefined): string =>
  append === undefined ? base : `${base} ${append}`.trim();

function checkDisk(path: string | undefined): Result<undefined, HostProblem> {
  if (path === undefined) return ok(undefined);
  const disk = FileSource.open(path);
  if (!disk.ok) return disk;
  disk.value.close();
  return ok(undefined);
}

/** Reads all that a boot needs, of which a person may have given some. */
function readBootFiles(request: GuestRequest, guest: GuestFolder): Result<BootFiles, HostProblem> {
  const firmware = guest.read('firmware');
  if (!firmware.ok) return firmware;
  const { kernel: choice } = request;
  const kernel =
    choice.kind === 'file' ? readUserFile('kernel', choice.path) : guest.read('kernel');
  if (!kernel.ok) return kernel;
  let initrd: Result<Uint8Array | undefined, HostProblem> = ok(undefined);
  if (request.initrd !== undefined) initrd = readUserFile('initial RAM disk', request.initrd);
  else if (choice.kind === 'prepared') initrd = guest.read('initrd');
  if (!initrd.ok) return initrd;
  const base = choice.kind === 'file' ? '' : guest.manifest.commandLine;
  return ok({
    firmware: firmware.value,
    kernel: kernel.value,
    initrd: initrd.value,
    commandLine: joinCommandLine(base, request.append),
  });
}

/** The snapshot, when it is of the machine that was asked for. */
async function findSnapshot(
  request: GuestRequest,
  guest: GuestFolder,
  note: (text: string) => void,
): Promise<FoundSnapshot | undefined> {
  const { cold, initrd, append, disk, memoryMB } = request;
  const asPrepared = initrd === undefined && append === undefined && disk === undefined;
  const { snapshotPath: path, digest: guestDigest } = guest;
  if (cold || !asPrepared || !existsSync(path)) return undefined;
  const head = await readSnapshotHead(path, guestDigest);
  if (!head.ok) {
    note(snapshotNote(request, head.error.message));
    return undefined;
  }
  const { header, digest } = head.value;
  const fits = memoryMB === undefined || header.ramBytes === memoryMB * MEGABYTE;
  return fits ? { path, guestDigest, header, digest } : undefined;
}

const snapshotNote = ({ kernel }: GuestRequest, reason: string): string => {
  const command = snapshotCommand(kernel.kind === 'prepared' ? kernel.name : 'stock');
  return `booting, because ${reason}; ${command} makes the snapshot anew`;
};

async function makePlan(
  request: GuestRequest,
  note: (text: string) => void,
): Promise<Result<Plan, HostProblem>> {
  const { kernel, disk } = request;
  // A kernel of one's own still starts from the prepared firmware.
  const guest = GuestFolder.open(kernel.kind === 'prepared' ? kernel.name : 'stock');
  if (!guest.ok) return guest;
  const checked = checkDisk(disk);
  if (!checked.ok) return checked;
  const bootFiles = (): Result<BootFiles, HostProblem> => readBootFiles(request, guest.value);
  if (kernel.kind === 'file') {
    return ok({ files: { diskPath: disk, disk1Path: undefined }, bootFiles, snapshot: undefined });
  }
  const root = guest.value.verifyRoot();
  if (!root.ok) return root;
  const snapshot = await findSnapshot(request, guest.value, note);
  const files = { diskPath: guest.value.rootPath, disk1Path: disk };
  return ok({ files, bootFiles, snapshot });
}

async function resume(
  snapshot: FoundSnapshot,
  options: NodeMachineOptions,
): Promise<Result<StartedGuest, HostProblem>> {
  const machine = NodeMachine.create(options);
  if (!machine.ok) return machine;
  const { path, guestDigest, digest } = snapshot;
  const unpacked = await unpackSnapshot({ path, guestDigest, digest, ram: machine.value.ram });
  let failure: HostProblem | undefined;
  if (unpacked.ok) {
    machine.value.agent.markReady();
    const { sections } = snapshot.header;
    // First what stood on the terminal then, so that what the guest writes next finds its place.
    const screen = sections.get(SCREEN_SECTION);
    if (screen !== undefined) await options.onConsole('console0', screen.bytes);
    const started = await machine.value.start({ kind: 'resume', sections });
    if (started.ok) return ok({ machine: machine.value, resumed: true });
    failure = started.error;
  } else {
    failure = problem(unpacked.error.message, '');
  }
  await machine.value.dispose();
  return err(failure);
}

/** Starts the guest that was asked for. */
export async function startGuest(
  request: GuestRequest,
  listener: GuestListener,
): Promise<Result<StartedGuest, HostProblem>> {
  const plan = await makePlan(request, listener.note);
  if (!plan.ok) return plan;
  const { files, snapshot, bootFiles } = plan.value;
  const { console, captured, explain } = listener;
  const common = {
    ...{ ...files, engine: request.engine, explain },
    ...{ onConsole: console, onCaptured: captured },
  };
  if (snapshot !== undefined) {
    const resumed = await resume(snapshot, { ...common, ramBytes: snapshot.header.ramBytes });
    if (resumed.ok) return resumed;
    listener.note(snapshotNote(request, resumed.error.message));
  }
  const boot = bootFiles();
  if (!boot.ok) return boot;
  const ramBytes = (request.memoryMB ?? DEFAULT_MEMORY_MB) * MEGABYTE;
  const machine = NodeMachine.create({ ...common, ramBytes });
  if (!machine.ok) return machine;
  const started = await machine.value.start({ kind: 'boot', files: boot.value });
  if (started.ok) return ok({ machine: machine.value, resumed: false });
  await machine.value.dispose();
  return started;
}
