import { createRoot } from 'react-dom/client';
import { createMachineClient } from '../host/browser/client.ts';
import { mount } from './mount.tsx';
import { BrokenPage } from './parts/error-boundary.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root.');

/** What fails before the page's own error boundary stands must not leave a blank page either. */
try {
  mount(root, createMachineClient);
} catch (error) {
  console.error('The page could not be built:', error);
  createRoot(root).render(<BrokenPage error={error} />);
}
