import { createContext, use } from 'react';
import { type Draft, EMPTY_DRAFT } from '../../submission/draft.js';

/** The draft that is being written, and what is wrong with it by field. */
export interface Form {
  draft: Draft;
  errors: Readonly<Record<string, string>>;
  change(part: Partial<Draft>): void;
}

const Context = createContext<Form>({ draft: EMPTY_DRAFT, errors: {}, change: () => undefined });

export const FormProvider = Context;

export const useForm = (): Form => use(Context);
