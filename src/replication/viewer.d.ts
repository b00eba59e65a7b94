/**
 * A terminal's side of the output gate: shows each byte of each device once and in order, whoever sends it, and
 * refuses what an older term sends (R5). It outlives the roles of its tab.
 */
import type { PlacedOutput, ShownPosition } from './messages.ts';
export interface Viewer {
    /** The highest term seen. */
    readonly term: number;
    /** Next position by device. */
    readonly shown: ReadonlyMap<string, number>;
}
export declare const newViewer: () => Viewer;
export interface Shown {
    readonly viewer: Viewer;
    readonly items: readonly PlacedOutput[];
    /** Console bytes (or frames) that were left out because nobody has them any more. */
    readonly lost: number;
    /** Items after a hole were refused: ask for what is between. */
    readonly hole: boolean;
}
/** Takes what is new in `items`, sent in `term`. `oldest`: what is missing before them is lost. */
export declare function show(viewer: Viewer, term: number, items: readonly PlacedOutput[], oldest: boolean): Shown;
/** Positions for `hello` and `watch`. */
export declare const shownPositions: (viewer: Viewer) => ShownPosition[];
//# sourceMappingURL=viewer.d.ts.map