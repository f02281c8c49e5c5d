import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { ToastProvider } from '../components/toast.js';
import { Live } from './live.js';
import { router } from './router.js';
import { SessionProvider, useSessionControl } from './session.js';
import { SignIn } from './sign-in.js';
import { Unreachable } from './unreachable.js';

export function App() {
  return (
    <SessionProvider>
      <ToastProvider>
        <Page />
      </ToastProvider>
    </SessionProvider>
  );
}

/** The address stays what it is while somebody signs in: they come to where they wanted to go. */
function Page() {
  const { session } = useSessionControl();
  switch (session.state) {
    case 'checking':
      return null;
    case 'unreachable':
      return <Unreachable />;
    case 'signed-out':
      return <SignIn reason={session.reason} />;
    case 'signed-in':
      return (
        <QueryClientProvider client={session.queries}>
          <Live>
            <RouterProvider router={router} />
          </Live>
        </QueryClientProvider>
      );
  }
}
