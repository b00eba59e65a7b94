// The leaves: control-heavy functions that both engines call (AssemblyScript, one wasm module).
