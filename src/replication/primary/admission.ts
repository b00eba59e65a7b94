/** Who may join, and as what. Each refusal has a reason that both sides show; the machine runs on. */
import type { Context } from '../context.ts';
import type { PeerId } from '../events.ts';
import { PEERS } from '../limits.ts';
import type { MessageOf, RejectCode } from '../messages.ts';
import type { Running } from '../state.ts';
import { standbyOf } from './flights.ts';
import { loseStandby, prepareStandby, removePeer, setPeer, welcome } from './protection.ts';
import { sendBacklog } from './watchers.ts';

const MIB = 1 << 20;

export function onHello(
  state: Running,
  peer: PeerId,
  hello: MessageOf<'hello'>,
  ctx: Context,
): Running {
  if (hello.attempt <= (state.peers.get(peer)?.hello ?? 0)) return state;
  return admitAs(setPeer(state, peer, { hello: hello.attempt }), peer, hello, ctx);
}

function admitAs(state: Running, peer: PeerId, hello: MessageOf<'hello'>, ctx: Context): Running {
  const refusal = refuse(state, hello, ctx);
  if (refusal !== undefined) {
    ctx.reject(peer, state.term, refusal.code, refusal.sentence);
    ctx.warn(`Somebody was turned away: ${refusal.sentence}`);
    ctx.emit({ kind: 'close', peer });
    return removePeer(state, peer);
  }
  if (hello.wants === 'watch') return admit(state, peer, hello, 'watcher', ctx);
  const { protection } = state;
  if (standbyOf(state) === peer) {
    if (protection.kind === 'preparing') {
      // Our welcome was lost, or its answer is on its way.
      ctx.send(peer, state.term, welcome(state, 'standby', ctx));
      return state;
    }
    if (protection.kind !== 'suspect') {
      return loseStandby(admit(state, peer, hello, 'queued', ctx), 'joined-anew', ctx);
    }
  }
  if (protection.kind === 'unprotected' && state.ending === undefined) {
    return prepareStandby(state, peer, hello.node, ctx);
  }
  const queued = admit(state, peer, hello, 'queued', ctx);
  // The same tab on a new link: the old one is dead, whatever it says.
  const standby = standbyOf(state);
  const same = standby !== undefined && state.peers.get(standby)?.node === hello.node;
  if (!same) return queued;
  ctx.emit({ kind: 'close', peer: standby });
  return loseStandby(removePeer(queued, standby), 'joined-anew', ctx);
}

function refuse(
  state: Running,
  hello: MessageOf<'hello'>,
  ctx: Context,
): { readonly code: RejectCode; readonly sentence: string } | undefined {
  if (hello.machine !== ctx.config.machine) {
    return { code: 'other-machine', sentence: 'The invitation is for another machine.' };
  }
  if (hello.wants === 'standby' && state.alone) {
    const sentence = 'This machine has no witness that could decide who goes on.';
    return { code: 'full', sentence };
  }
  const { ramBytes } = state.machine;
  if (hello.wants === 'standby' && hello.ramBytes < ramBytes) {
    const sentence = `The machine has ${Math.ceil(ramBytes / MIB)} MiB of memory; the standby can hold ${Math.floor(hello.ramBytes / MIB)} MiB.`;
    return { code: 'too-little-memory', sentence };
  }
  if (state.peers.size > PEERS) {
    return { code: 'full', sentence: `${PEERS} others watch or wait already.` };
  }
  return undefined;
}

function admit(
  state: Running,
  peer: PeerId,
  hello: MessageOf<'hello'>,
  as: 'queued' | 'watcher',
  ctx: Context,
): Running {
  ctx.send(peer, state.term, welcome(state, as, ctx));
  const admitted = setPeer(state, peer, { as, node: hello.node });
  sendBacklog(peer, admitted, hello.shown, ctx);
  if (as === 'queued') ctx.info('Another tab waits to be the next standby; it watches until then.');
  return admitted;
}
