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
import { HANDLER_WEIGHTS } from './weights.ts';

/** Whether a pc-relative target is reached by moving the record pointer, or by a fetch. */
export type Reach = 'near' | 'far';

export type Handler =
  | { readonly kind: 'decode' | 'page-end' | 'illegal' | 'crossing' }
  | {
      readonly kind: 'instruction';
      readonly instruction: Instruction;
      readonly length: 2 | 4;
      readonly reach: Reach;
    };

const isPcRelative = (instruction: Instruction): boolean => instruction.format.target === 'pc';

const specialisations = (instruction: Instruction): Handler[] => {
  const lengths: readonly (2 | 4)[] = hasCompressedForm.has(instruction.name) ? [2, 4] : [4];
  const reaches: readonly Reach[] = isPcRelative(instruction) ? ['near', 'far'] : ['near'];
  return lengths.flatMap((length) =>
    reaches.map((reach): Handler => ({ kind: 'instruction', instruction, length, reach })),
  );
};

/** The name under which `weights.ts` and profiles list a handler. */
export const handlerName = (handler: Handler): string => {
  if (handler.kind !== 'instruction') return handler.kind;
  const { instruction, length, reach } = handler;
  return `${instruction.name}/${length}${isPcRelative(instruction) && reach === 'far' ? '-far' : ''}`;
};

/** How often a handler runs, relative to the others. Those not in the profile count as rare. */
export const weightOf = (handler: Handler): number => HANDLER_WEIGHTS[handlerName(handler)] ?? 0;

const ordered = instructions
  .flatMap(specialisations)
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
export const HANDLER_CROSSING = defined(numbers.get('crossing'), 'crossing handler');

interface HandlerNumbers {
  readonly [length: number]: { readonly near: number; readonly far: number };
}

const numbersByInstruction = new Map<Instruction, HandlerNumbers>(
  instructions.map((instruction) => {
    const numberOf = (length: 2 | 4, reach: Reach): number =>
      numbers.get(handlerName({ kind: 'instruction', instruction, length, reach })) ??
      HANDLER_ILLEGAL;
    return [
      instruction,
      {
        2: { near: numberOf(2, 'near'), far: numberOf(2, 'far') },
        4: { near: numberOf(4, 'near'), far: numberOf(4, 'far') },
      },
    ];
  }),
);

/** The handler's number; lengths without a compressed form have none. */
export const handlerNumber = (instruction: Instruction, length: 2 | 4, reach: Reach): number =>
  defined(numbersByInstruction.get(instruction)?.[length], instruction.name)[reach];
