/** Numbers by which nodes of the tree refer to each other. */
export const PHANDLE_CPU_INTC = 1;
export const PHANDLE_PLIC = 2;
export const PHANDLE_SYSCON = 3;
