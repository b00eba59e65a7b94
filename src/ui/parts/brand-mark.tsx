import type { ReactNode } from 'react';

/**
 * A tandem: two wheels and two seats on one frame, for the machine and who stands by for it. The
 * rear wheel is only sketched while nobody does. Decoration: the words beside it say the same.
 */
export function BrandMark({ paired = false }: { readonly paired?: boolean }): ReactNode {
  return (
    <svg
      className="brand-mark"
      data-paired={paired}
      viewBox="0 0 56 26"
      aria-hidden="true"
      focusable="false"
    >
      <circle className="brand-wheel-rear" cx="10" cy="16" r="8" />
      <circle className="brand-wheel-front" cx="46" cy="16" r="8" />
      <path
        className="brand-frame"
        d="M10 16 18 6.5 23.5 16zM18 6.5H41L35 16 30 6.5 23.5 16H35M40.2 3.2 46 16M15.5 4.2h5M27.5 4.2h5M40.2 3.2h4"
      />
    </svg>
  );
}
