import { Component, type ErrorInfo, type ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
}

type State = { readonly kind: 'fine' } | { readonly kind: 'broken'; readonly error: unknown };

/** What the page shows when the page itself is broken. Uses nothing that could be broken too. */
export function BrokenPage({ error }: { readonly error: unknown }): ReactNode {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return (
    <main className="broken-page" role="alert">
      <h1>This page broke</h1>
      <p>
        The fault is in the page, not in what you did. Reload it to start a fresh machine. If it
        breaks again, please report the text below.
      </p>
      <p>
        <button
          type="button"
          className="button"
          data-kind="primary"
          onClick={() => {
            location.reload();
          }}
        >
          Reload the page
        </button>
      </p>
      <details>
        <summary>What broke</summary>
        <pre>{detail}</pre>
      </details>
    </main>
  );
}

/** Never a blank page: catches what components throw. React wants a class for this. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { kind: 'fine' };

  static getDerivedStateFromError(error: unknown): State {
    return { kind: 'broken', error };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error('The page broke:', error, info.componentStack);
  }

  override render(): ReactNode {
    const { state } = this;
    return state.kind === 'broken' ? <BrokenPage error={state.error} /> : this.props.children;
  }
}
