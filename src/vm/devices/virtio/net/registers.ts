/** Virtio 1.2, 5.1 "Network Device". */
export const DEVICE_ID = 1;

export const F_MAC = 1n << 5n;
export const F_STATUS = 1n << 16n;

export const RECEIVEQ = 0;
export const TRANSMITQ = 1;

/** virtio_net_hdr with num_buffers, as VERSION_1 has it always. */
export const HEADER_BYTES = 12;
export const HEADER_NUM_BUFFERS = 10;

/** Destination, source and type: the shortest thing that is a frame. */
export const MIN_FRAME_BYTES = 14;

export const MAC_BYTES = 6;
export const CONFIG_STATUS = 6;
export const CONFIG_BYTES = 8;
export const S_LINK_UP = 1;
