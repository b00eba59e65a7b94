import type { ReactNode } from 'react';
import type { StateIcon } from '../words/face.ts';

/** Pictures of 20 units, drawn with the text's colour. Always beside a word, so hidden from readers. */
function Icon({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

/** One wheel alone: the place beside it, where a standby would be, is empty. */
function UnprotectedIcon(): ReactNode {
  return (
    <Icon>
      <path d="M10 2.2 3.6 4.6v4.9c0 3.9 2.7 6.9 6.4 8.3 3.7-1.4 6.4-4.4 6.4-8.3V4.6z" />
      <path d="M10 6.6v4" />
      <path d="M10 13.4v.1" />
    </Icon>
  );
}

/** The shield with its tick: somebody stands by. */
function ProtectedIcon(): ReactNode {
  return (
    <Icon>
      <path d="M10 2.2 3.6 4.6v4.9c0 3.9 2.7 6.9 6.4 8.3 3.7-1.4 6.4-4.4 6.4-8.3V4.6z" />
      <path d="m7.2 10 2.1 2.1 3.6-4.2" />
    </Icon>
  );
}

function CopyingIcon(): ReactNode {
  return (
    <Icon>
      <rect x="2.4" y="4.4" width="6" height="11.2" rx="1.4" />
      <rect x="13.4" y="4.4" width="4.2" height="11.2" rx="1.4" strokeDasharray="2 1.8" />
      <path d="M8.6 10h6M12.6 8l2 2-2 2" />
    </Icon>
  );
}

/** Two ways, and one of them is taken. */
function DecidingIcon(): ReactNode {
  return (
    <Icon>
      <path d="M10 17.4v-5.6L4.6 6.2M10 11.8l5.4-5.6" />
      <path d="M4.6 9.4V6h3.4M12 6h3.4v3.4" />
    </Icon>
  );
}

function WatchingIcon(): ReactNode {
  return (
    <Icon>
      <path d="M1.8 10S4.8 4.6 10 4.6 18.2 10 18.2 10 15.2 15.4 10 15.4 1.8 10 1.8 10z" />
      <circle cx="10" cy="10" r="2.4" />
    </Icon>
  );
}

function StartingIcon(): ReactNode {
  return (
    <Icon>
      <path className="icon-turning" d="M10 3a7 7 0 1 1-6.6 4.7" />
    </Icon>
  );
}

function OffIcon(): ReactNode {
  return (
    <Icon>
      <path d="M10 2.8v6.4" />
      <path d="M6 5.2a6.2 6.2 0 1 0 8 0" />
    </Icon>
  );
}

function FailedIcon(): ReactNode {
  return (
    <Icon>
      <path d="M6.9 2.5h6.2l4.4 4.4v6.2l-4.4 4.4H6.9l-4.4-4.4V6.9z" />
      <path d="m7.4 7.4 5.2 5.2M12.6 7.4l-5.2 5.2" />
    </Icon>
  );
}

const STATE_ICONS: Readonly<Record<StateIcon, () => ReactNode>> = {
  unprotected: UnprotectedIcon,
  copying: CopyingIcon,
  protected: ProtectedIcon,
  deciding: DecidingIcon,
  watching: WatchingIcon,
  starting: StartingIcon,
  off: OffIcon,
  failed: FailedIcon,
};

export function StateIconView({ icon }: { readonly icon: StateIcon }): ReactNode {
  const Picture = STATE_ICONS[icon];
  return <Picture />;
}

export function SystemThemeIcon(): ReactNode {
  return (
    <Icon>
      <circle cx="10" cy="10" r="6.8" />
      <path d="M10 3.2a6.8 6.8 0 0 1 0 13.6z" fill="currentColor" />
    </Icon>
  );
}

export function LightThemeIcon(): ReactNode {
  return (
    <Icon>
      <circle cx="10" cy="10" r="3.4" />
      <path d="M10 1.8v2M10 16.2v2M1.8 10h2M16.2 10h2M4.2 4.2l1.4 1.4M14.4 14.4l1.4 1.4M15.8 4.2l-1.4 1.4M5.6 14.4l-1.4 1.4" />
    </Icon>
  );
}

export function DarkThemeIcon(): ReactNode {
  return (
    <Icon>
      <path d="M16.6 12A7 7 0 0 1 8 3.4 7 7 0 1 0 16.6 12z" />
    </Icon>
  );
}

export function KeyboardIcon(): ReactNode {
  return (
    <Icon>
      <rect x="1.8" y="4.8" width="16.4" height="10.4" rx="2" />
      <path d="M5 8.2h.1M8.3 8.2h.1M11.6 8.2h.1M14.9 8.2h.1M6.4 11.8h7.2" />
    </Icon>
  );
}

export function RestartIcon(): ReactNode {
  return (
    <Icon>
      <path d="M16.4 10a6.4 6.4 0 1 1-2-4.6" />
      <path d="M14.8 2v3.8H11" />
    </Icon>
  );
}
