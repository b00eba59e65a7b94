/** The leaves as built, with every WebAssembly instruction counted: what a call costs, without a clock. */
import createWabt from 'wabt';

const WASM_FEATURES = { threads: true, bulk_memory: true, sign_extension: true } as const;

/** Lines of a function that are no work. */
const NO_WORK = /^\s*(\(|\)|end\b|else\b|loop\b|block\b|$)/;
const LINE_OF_FUNCTION = /^\s{4,}/;

const count = (what: string): string => `global.get $steps ${what} i64.add global.set $steps`;

/** A fill or a copy costs what it moves: its length is the last operand. */
const COUNT_LENGTH = [
  'global.set $length',
  count('global.get $length i64.extend_i32_u'),
  'global.get $length',
].join(' ');

/**
 * Adds a global `steps` to a module, exported, which counts executed instructions, and bytes of bulk moves.
 * @param binary base64
 */
export async function countSteps(binary: string): Promise<string> {
  const wabt = await createWabt();
  const module = wabt.readWasm(Buffer.from(binary, 'base64'), WASM_FEATURES);
  const text = module.toText({ foldExprs: false, inlineExport: false });
  module.destroy();
  const lines = text.split('\n').map((line) => {
    if (!LINE_OF_FUNCTION.test(line) || NO_WORK.test(line)) return line;
    const bulk = /^\s*memory\.(fill|copy)\b/.test(line) ? COUNT_LENGTH : '';
    return `${count('i64.const 1')} ${bulk} ${line}`;
  });
  // Behind the module's own globals, which go by their numbers.
  const at = lines.findIndex((line) => line.startsWith('  (export '));
  lines.splice(
    at,
    0,
    '  (global $steps (export "steps") (mut i64) (i64.const 0))',
    '  (global $length (mut i32) (i32.const 0))',
  );
  const counted = wabt.parseWat('leaves.wat', lines.join('\n'), WASM_FEATURES);
  const { buffer } = counted.toBinary({});
  counted.destroy();
  return Buffer.from(buffer).toString('base64');
}
