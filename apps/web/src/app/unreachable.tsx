import { CloudOff } from 'lucide-react';
import { EmptyState } from '../components/states.js';

export function Unreachable() {
  return (
    <main className="grid min-h-dvh place-items-center">
      <EmptyState icon={CloudOff} title="The server cannot be reached">
        <p role="status">Trying again…</p>
      </EmptyState>
    </main>
  );
}
