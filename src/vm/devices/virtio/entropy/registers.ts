/** Virtio 1.2, 5.4 "Entropy Device". */
export const DEVICE_ID = 4;

export const REQUESTQ = 0;
