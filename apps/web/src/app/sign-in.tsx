import { Eye, EyeOff, Info } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { RefusedError } from '#client';
import { Button } from '../components/button.js';
import { Field, INPUT } from '../components/field.js';
import { Brand } from './brand.js';
import { useSessionControl } from './session.js';

export function SignIn({ reason }: { reason: string | null }) {
  const { signIn } = useSessionControl();
  const [token, setToken] = useState('');
  const [isShown, setIsShown] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (token.trim() === '') return setProblem('Paste a token first.');
    setIsBusy(true);
    setProblem(undefined);
    try {
      await signIn(token.trim());
    } catch (error) {
      setProblem(explain(error as Error));
      setIsBusy(false);
    }
  };

  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex justify-center text-lg">
          <Brand />
        </div>
        <form onSubmit={submit} className="card space-y-4 p-5 sm:p-6" noValidate>
          <h1 className="text-lg font-semibold tracking-tight">Sign in</h1>
          {reason !== null && (
            <p role="status" className="flex gap-2 rounded-lg bg-warn-soft px-3 py-2 text-sm text-warn">
              <Info size={16} aria-hidden className="mt-0.5 shrink-0" />
              <span>You have been signed out: {reason}. You will come back to where you were.</span>
            </p>
          )}
          <Field label="Token" error={problem} hint="Kept for this tab only, until it is closed.">
            {(control) => (
              <div className="relative">
                <input
                  {...control}
                  type={isShown ? 'text' : 'password'}
                  value={token}
                  onChange={(event) => setToken(event.target.value)}
                  autoComplete="current-password"
                  autoCapitalize="none"
                  spellCheck={false}
                  // biome-ignore lint/a11y/noAutofocus: it is the only thing to do here
                  autoFocus
                  className={`${INPUT} w-full pr-11 font-mono`}
                />
                <button
                  type="button"
                  aria-label={isShown ? 'Hide the token' : 'Show the token'}
                  onClick={() => setIsShown(!isShown)}
                  className="absolute inset-y-1 right-1 grid w-9 place-items-center rounded text-quiet hover:bg-raised"
                >
                  {isShown ? <EyeOff size={17} aria-hidden /> : <Eye size={17} aria-hidden />}
                </button>
              </div>
            )}
          </Field>
          <Button type="submit" tone="primary" busy={isBusy} className="w-full">
            {isBusy ? 'Checking…' : 'Sign in'}
          </Button>
        </form>
        <p className="mt-4 text-center text-[0.8125rem] text-quiet">
          <code className="font-mono">npm start</code> prints the first token, and keeps it in{' '}
          <code className="font-mono">data/token</code>. An admin can make more.
        </p>
      </div>
    </main>
  );
}

function explain(error: Error): string {
  if (!(error instanceof RefusedError)) return `The server cannot be reached: ${error.message}`;
  return error.status === 401 ? 'The server does not know this token, or it has ended.' : error.message;
}
