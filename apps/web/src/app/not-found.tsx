import { Compass } from 'lucide-react';
import { ButtonLink } from '../components/button.js';
import { EmptyState } from '../components/states.js';

export function NotFound() {
  return (
    <EmptyState icon={Compass} title="There is nothing at this address">
      <p className="mb-3">It may have been mistyped, or what was here is gone.</p>
      <ButtonLink to="/">To what happens now</ButtonLink>
    </EmptyState>
  );
}
