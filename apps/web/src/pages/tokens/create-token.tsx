import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { RefusedError } from '#client';
import { type CreatedToken, TOKEN_ROLES, type TokenRole } from '#contracts';
import { keys } from '../../app/queries.js';
import { useClient } from '../../app/session.js';
import { Button } from '../../components/button.js';
import { Dialog } from '../../components/dialog.js';
import { Field, INPUT } from '../../components/field.js';
import { ROLES } from './roles.js';

const DAY = 86_400_000;
const LIVES = {
  Never: undefined,
  'In a day': DAY,
  'In 30 days': 30 * DAY,
  'In 90 days': 90 * DAY,
  'In a year': 365 * DAY,
};
type Life = keyof typeof LIVES;

export function CreateToken({ onCreated, onClose }: { onCreated: (token: CreatedToken) => void; onClose: () => void }) {
  const client = useClient();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<TokenRole>('client');
  const [life, setLife] = useState<Life>('Never');
  const create = useMutation({
    mutationFn: () => client.tokens.create({ name: name.trim(), role, expiresIn: LIVES[life] }),
    // What a mutation has answered is kept otherwise, and this holds a secret.
    gcTime: 0,
    onSuccess: (token) => {
      void queries.invalidateQueries({ queryKey: keys.tokens });
      onCreated(token);
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate();
  };
  const nameError =
    create.error instanceof RefusedError
      ? create.error.fields.find(({ field }) => field === 'name')?.message
      : undefined;
  return (
    <Dialog title="New token" onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <Field label="Name" hint="Who or what uses it; the audit tells it" error={nameError}>
          {(control) => (
            <input
              {...control}
              required
              value={name}
              onChange={({ target }) => setName(target.value)}
              placeholder="laptop"
              autoComplete="off"
              className={`${INPUT} w-full`}
            />
          )}
        </Field>
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">Role</legend>
          <div className="space-y-1.5">
            {[...TOKEN_ROLES].reverse().map((option) => (
              <label
                key={option}
                className="flex cursor-pointer items-start gap-2.5 rounded-lg border border-line px-3 py-2 text-sm has-checked:border-accent has-checked:bg-accent-soft"
              >
                <input
                  type="radio"
                  name="role"
                  value={option}
                  checked={role === option}
                  onChange={() => setRole(option)}
                  className="mt-1 accent-accent"
                />
                <span>
                  <span className="font-medium">{option}</span> <span className="text-quiet">{ROLES[option]}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        <Field label="Ends">
          {(control) => (
            <select
              {...control}
              value={life}
              onChange={({ target }) => setLife(target.value as Life)}
              className={`${INPUT} w-full`}
            >
              {Object.keys(LIVES).map((option) => (
                <option key={option}>{option}</option>
              ))}
            </select>
          )}
        </Field>
        {create.error && nameError === undefined && (
          <p role="alert" className="text-sm text-bad">
            {create.error.message}
          </p>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={create.isPending}>
            Create token
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
