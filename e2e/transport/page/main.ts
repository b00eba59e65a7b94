import { channelNames, type CloseReason } from '../../../src/transport/link.ts';
import type { DataChannels } from '../../../src/transport/channel-link.ts';
import { parseInvitation, type Invitation } from '../../../src/transport/invitation.ts';
import { deriveKeys, type PairingKeys } from '../../../src/transport/keys.ts';
import { Meeting } from '../../../src/transport/meeting.ts';
import { broadcastCarrier } from '../../../src/transport/signalling/carrier.ts';
import { Signalling } from '../../../src/transport/signalling/signalling.ts';
import type { Connection } from '../../../src/transport/webrtc-link.ts';
import type { FromWorker, ToWorker, TransportPage } from './protocol.ts';

const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
const reports: FromWorker[] = [];
const waiting: { kind: string; resolve: (report: FromWorker) => void }[] = [];
worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
  reports.push(data);
  for (const { kind, resolve } of waiting) if (kind === data.kind) resolve(data);
};

const tell = (message: ToWorker, transfer: Transferable[] = []): void => {
  worker.postMessage(message, transfer);
};

const report: TransportPage['report'] = async (kind) => {
  type Wanted = Extract<FromWorker, { kind: typeof kind }>;
  const known = reports.find((one): one is Wanted => one.kind === kind);
  if (known !== undefined) return known;
  return new Promise((resolve) => {
    waiting.push({ kind, resolve: (one) => resolve(one as Wanted) });
  });
};

async function handOver(
  _attempt: string,
  channels: DataChannels,
): Promise<CloseReason | undefined> {
  tell(
    { kind: 'channels', channels },
    channelNames.map((name) => channels[name]),
  );
  return (await report('attached')).reason;
}

function invitation(fragment: string): Invitation {
  const parsed = parseInvitation(fragment);
  if (!parsed.ok) throw new Error(parsed.error.sentence);
  return parsed.value;
}

let connected: (connection: Connection) => void = () => undefined;
const connection = new Promise<Connection>((resolve) => {
  connected = resolve;
});
let meeting: Meeting | undefined;
const refused: string[] = [];

async function come(role: 'inviter' | 'joiner', link: string, proof = link): Promise<void> {
  const own = invitation(link);
  const keys: PairingKeys = await deriveKeys(own);
  const { proving } = await deriveKeys(invitation(proof));
  const signalling = new Signalling({ carrier: broadcastCarrier(own.session), keys, about: role });
  const ours = new Meeting({
    signalling,
    keys: { ...keys, proving },
    handOver,
    admit: () => undefined,
    onConnection: (made) => connected(made),
  });
  meeting = ours;
  let joined = false;
  signalling.listen({
    signal: (from, signal) => ours.signal(from, signal),
    presence: () => {
      const host = signalling.present.find(({ about }) => about === 'inviter');
      if (role === 'inviter' || host === undefined || joined) return;
      joined = true;
      connected(ours.join(host.party));
    },
    refused: ({ kind }) => refused.push(kind),
  });
  const made = await connection;
  if ((await made.established).ok) tell({ kind: 'start' });
}

window.transportPage = {
  come: async (...args) => {
    void come(...args);
    return Promise.resolve();
  },
  outcome: async () => {
    const settled = await (await connection).established;
    if (settled.ok) return { kind: 'established', sentence: '' };
    const { kind, sentence, pairing } = settled.error;
    return { kind, sentence, ...(pairing === undefined ? {} : { pairing: pairing.kind }) };
  },
  transfer: (bytes) => tell({ kind: 'transfer', bytes }),
  hog: (milliseconds) => {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  },
  report,
  refused: () => refused,
  close: () => meeting?.close('The test is over.'),
};
