/** What the form of a new task begins with, as its address carries it. */
export interface NewTaskSearch {
  /** Id of the task to change and run. */
  from?: string;
}

export function parseNewTaskSearch({ from }: Record<string, unknown>): NewTaskSearch {
  return { from: typeof from === 'string' && from !== '' ? from : undefined };
}
