import type { ReactNode } from 'react';
import { useTandem } from '../context.ts';

const COMMANDS = ['uname -a', 'cat /etc/os-release', 'python3', 'redis-server --version', 'top'];

/** First words for who has never sat at a shell. */
export function TrySection(): ReactNode {
  const { session, terminal } = useTandem();
  return (
    <section className="panel-section" aria-labelledby="try-heading">
      <h2 id="try-heading" className="panel-heading">
        Something to try
      </h2>
      <ul className="chips">
        {COMMANDS.map((command) => (
          <li key={command}>
            <button
              type="button"
              className="chip"
              title="Types it into the terminal"
              onClick={() => {
                session.type(`${command}\r`);
                terminal.focus();
              }}
            >
              {command}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
