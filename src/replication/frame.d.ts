import { type Result } from '../base/result.ts';
import { type Channel, type Message } from './messages.ts';
export declare const FRAME_MAGIC = 1296322132;
export declare const FRAME_HEADER_BYTES = 24;
/** What a receiver has to be able to take. */
export declare const LONGEST_FRAME: number;
export type FrameErrorKind = 'not-a-frame' | 'other-version' | 'unknown-message' | 'too-long' | 'truncated' | 'corrupt' | 'malformed';
/** Why bytes from a link are no message; `sentence` is for people. */
export interface FrameError {
    readonly kind: FrameErrorKind;
    readonly sentence: string;
}
export interface Frame {
    /** The sender's term. */
    readonly term: number;
    readonly message: Message;
}
/** The channel that a message travels on. */
export declare const channelOf: (message: Message) => Channel;
/** Asserts that the message keeps its caps: those are the sender's duty. */
export declare function encodeFrame(term: number, message: Message): Uint8Array<ArrayBuffer>;
/** Reads one frame: all of `bytes`. Byte fields of the message are views of `bytes`. Never throws. */
export declare function decodeFrame(bytes: Uint8Array): Result<Frame, FrameError>;
//# sourceMappingURL=frame.d.ts.map