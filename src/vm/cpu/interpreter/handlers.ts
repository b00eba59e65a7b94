/**
 * The interpreter's handlers. A handler is one instruction specialised by its length and, for
 * pc-relative jumps, by whether the target lies in the same page; all are made mechanically from
 * the instruction table. Their numbers are ordered by how often they run, because dispatch is a
 * weighted tree of comparisons over the frequent ones and a jump table for the rest.
 */
import { defined } from '../../../base/assert.ts';
import type { Instruction } from '../../isa/instruction.ts';
import { hasCompressedForm, instructions } from '../../isa/table.ts';
import { HANDLER_DECODE, HANDLER_PAGE_END } from '../../layout.ts';
import { FUSED_PAIRS, HANDLER_WEIGHTS } from './weights.ts';

/**
 * How a pc-relative target is reached: by moving the record pointer, forward (near) or backward
 * (back: loops, which is where hot code is found), or by a fetch (far).
 */
export type Reach = 'near' | 'back' | 'far';

export interface InstructionHandler {
  readonly kind: 'instruction';
  readonly instruction: Instruction;
  readonly length: 2 | 4;
  readonly reach: Reach;
}

export type Handler =
  | { readonly kind: 'decode' | 'page-end' | 'illegal' | 'crossing' | 'region' }
  | InstructionHandler
  /** Two instructions in a row with one dispatch; the second's record follows the first's. */
  | {
      readonly kind: 'pair';
      readonly first: InstructionHandler;
      readonly second: InstructionHandler;
    };

const isPcRelative = (instruction: Instruction): boolean => instruction.format.target === 'pc';

const specialisations = (instruction: Instruction): InstructionHandler[] => {
  const lengths: readonly (2 | 4)[] = hasCompressedForm.has(instruction.name) ? [2, 4] : [4];
  const reaches: readonly Reach[] = isPcRelative(instruction) ? ['near', 'back', 'far'] : ['near'];
  return lengths.flatMap((length) =>
    reaches.map((reach): InstructionHandler => ({
      kind: 'instruction',
      instruction,
      length,
      reach,
    })),
  );
};

/** The name under which `weights.ts` and profiles list a handler. */
export const handlerName = (handler: Handler): string => {
  if (handler.kind === 'pair')
    return `${handlerName(handler.first)} ${handlerName(handler.second)}`;
  if (handler.kind !== 'instruction') return handler.kind;
  const { instruction, length, reach } = handler;
  return `${instruction.name}/${length}${isPcRelative(instruction) && reach !== 'near' ? `-${reach}` : ''}`;
};

const singles = instructions.flatMap(specialisations);
const singleNamed = new Map(singles.map((handler) => [handlerName(handler), handler]));

const pairs = Object.keys(FUSED_PAIRS).map((name): Handler => {
  const [first, second] = name.split(' ').map((part) => defined(singleNamed.get(part), part));
  return { kind: 'pair', first: defined(first, name), second: defined(second, name) };
});

/** What a fused pair takes away from the handlers of its two instructions. */
const weightInPairs = (name: string): number =>
  Object.entries(FUSED_PAIRS).reduce((sum, [pair, weight]) => {
    const [first, second] = pair.split(' ');
    return sum + (first === name ? weight : 0) + (second === name ? weight : 0);
  }, 0);

/**
 * How often a handler runs, relative to the others; those not in the profile count as rare. What
 * runs in pairs is subtracted, but never wholly: pairs overlap, and jumps land in their middle.
 */
export const weightOf = (handler: Handler): number => {
  const name = handlerName(handler);
  if (handler.kind === 'pair') return FUSED_PAIRS[name] ?? 0;
  const alone = HANDLER_WEIGHTS[name] ?? 0;
  return Math.max(alone - weightInPairs(name), alone / 4);
};

const ordered = [...singles, ...pairs, { kind: 'region' } as const]
  .map((handler, order) => ({ handler, order, weight: weightOf(handler) }))
  .sort((a, b) => b.weight - a.weight || a.order - b.order)
  .map(({ handler }) => handler);

/** All handlers by number. Numbers are an accident of this build and never stored in a checkpoint. */
export const handlers: readonly Handler[] = (() => {
  const list: Handler[] = [];
  list[HANDLER_DECODE] = { kind: 'decode' };
  list[HANDLER_PAGE_END] = { kind: 'page-end' };
  return [...list, ...ordered, { kind: 'illegal' }, { kind: 'crossing' }];
})();

const numbers = new Map(handlers.map((handler, number) => [handlerName(handler), number]));

export const HANDLER_ILLEGAL = defined(numbers.get('illegal'), 'illegal handler');
/** The record of a translated region's entry: its number in the table is in the immediate. */
export const HANDLER_REGION = defined(numbers.get('region'), 'region handler');
export const HANDLER_CROSSING = defined(numbers.get('crossing'), 'crossing handler');

type HandlerNumbers = Readonly<Record<number, Readonly<Record<Reach, number>>>>;

const numbersByInstruction = new Map<Instruction, HandlerNumbers>(
  instructions.map((instruction) => {
    const numberOf = (length: 2 | 4, reach: Reach): number =>
      numbers.get(handlerName({ kind: 'instruction', instruction, length, reach })) ??
      HANDLER_ILLEGAL;
    return [
      instruction,
      {
        2: { near: numberOf(2, 'near'), back: numberOf(2, 'back'), far: numberOf(2, 'far') },
        4: { near: numberOf(4, 'near'), back: numberOf(4, 'back'), far: numberOf(4, 'far') },
      },
    ];
  }),
);

/** The handler's number; lengths without a compressed form have none. */
export const handlerNumber = (instruction: Instruction, length: 2 | 4, reach: Reach): number =>
  defined(numbersByInstruction.get(instruction)?.[length], instruction.name)[reach];

const pairNumbers = new Map<number, number>();
/** By handler number: the number of its (first) instruction alone. */
const firstAlone: number[] = [];
handlers.forEach((handler, number) => {
  if (handler.kind !== 'pair') {
    firstAlone[number] = number;
    return;
  }
  const first = defined(numbers.get(handlerName(handler.first)), 'first of pair');
  const second = defined(numbers.get(handlerName(handler.second)), 'second of pair');
  firstAlone[number] = first;
  pairNumbers.set(first * handlers.length + second, number);
});

/**
 * The handler that runs both, given the numbers in two records that follow each other (the second may
 * be fused with a third already); undefined when there is none.
 */
export const fusedHandler = (first: number, second: number): number | undefined =>
  pairNumbers.get(first * handlers.length + (firstAlone[second] ?? 0));

/** The handler of the first of a fused pair alone; undefined for handlers that are none. */
export const firstOfFused = (handler: number): number | undefined =>
  handlers[handler]?.kind === 'pair' ? firstAlone[handler] : undefined;
