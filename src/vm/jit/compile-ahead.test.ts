import { describe, expect, it } from 'vitest';
import { Code } from '../../../test/fuzz/code.ts';
import { RA, ZERO, jalr } from '../../../test/fuzz/encode.ts';
import { SeededRandom } from '../../base/random.ts';
import { instructions } from '../isa/table.ts';
import { LEAVES_MODULE } from '../cpu/interpreter/generate.ts';
import { CPU_REMAINING } from '../layout.ts';
import type { I32, Stmt } from '../wasm/ast.ts';
import { callVoid, get, local, seq, when } from '../wasm/ast.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { i32 } from '../wasm/ops.ts';
import { CompileAhead } from './compile-ahead.ts';
import { formPage } from './page.ts';
import { translatePage } from './page-code.ts';
import { ENTER, type Translation, costOf, translatedEntry } from './region-code.ts';

const ZERO_ADDRESS = i32.const(0);

/** A page of code that is entered at each of its instructions. */
function translationOf(code: Code): Translation {
  const halfwords = new Uint16Array(code.bytes.buffer);
  const entries = [...halfwords.keys()].map((index) => 2 * index).filter((at) => at % 4 === 0);
  return translatePage(
    formPage({
      halfword: (offset) => halfwords[offset / 2] ?? 0,
      isDecoded: (offset) => entries.includes(offset),
      entries,
    }),
  );
}

/** A translation by hand with three entries. `happens` stands for whatever a translation calls. */
function handmade(body: (entry: I32, happens: Stmt) => Stmt): Translation {
  const module = new ModuleBuilder();
  const happens = callVoid(module.importFunction(LEAVES_MODULE, 'end_slice', [], undefined));
  const entry = local('i32', 'entry');
  module.exportFunction(
    module.defineFunction(ENTER, [entry], undefined, body(get(entry), happens)),
  );
  return { bytes: module.encode(), entries: [0, 4, 8].map((offset) => translatedEntry(offset, 1)) };
}

describe('compiling ahead', () => {
  it('calls all functions of a page, none of which does anything, whatever it begins with (seed 11)', () => {
    const random = new SeededRandom(11);
    const ahead = new CompileAhead(4);
    for (const { mask, match } of instructions) {
      const code = new Code(0);
      for (let i = 0; i < 4; i++) code.emit((match | (random.below(2 ** 32) & ~mask)) >>> 0);
      const translation = translationOf(code.emit(jalr(ZERO, RA, 0)));
      expect(translation.entries.every((entry) => costOf(entry) > 0)).toBe(true);
      ahead.compile(translation);
    }
  });

  it('calls every entry, with nothing left of the slice', () => {
    const ahead = new CompileAhead(4);
    const compileWhere = (condition: (entry: I32) => I32): void => {
      ahead.compile(handmade((entry, happens) => when(condition(entry), happens)));
    };
    for (const number of [0, 1, 2]) {
      expect(() => {
        compileWhere((entry) => i32.eq(entry, i32.const(number)));
      }).toThrow('nothing left of its slice');
    }
    compileWhere((entry) => i32.eq(entry, i32.const(3)));
    ahead.compile(
      handmade((_entry, happens) =>
        seq(
          when(i32.load(ZERO_ADDRESS, CPU_REMAINING), happens),
          i32.store(ZERO_ADDRESS, i32.const(5), CPU_REMAINING),
        ),
      ),
    );
  });
});
