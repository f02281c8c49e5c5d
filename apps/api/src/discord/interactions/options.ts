import {
  type APIChatInputApplicationCommandInteraction,
  type APIModalSubmitInteraction,
  ApplicationCommandOptionType,
  ComponentType,
} from 'discord-api-types/v10';

interface Given {
  name: string;
  type: ApplicationCommandOptionType;
  value?: string | number | boolean;
  options?: readonly Given[];
}

/** What was given with a command, by name. */
export class Options {
  private readonly values: ReadonlyMap<string, string | number | boolean>;
  /** Of a command that has some; null for one without. */
  readonly subcommand: string | null;

  constructor(options: readonly Given[] = []) {
    const [first] = options;
    const nested = first?.type === ApplicationCommandOptionType.Subcommand ? first : null;
    this.subcommand = nested?.name ?? null;
    const given = nested?.options ?? options;
    this.values = new Map(given.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])));
  }

  static of({ data }: Pick<APIChatInputApplicationCommandInteraction, 'data'>): Options {
    return new Options((data.options ?? []) as Given[]);
  }

  /** What is left to the rules of a submission, such as the type: those name the field. */
  get(name: string): string | number | boolean | undefined {
    return this.values.get(name);
  }

  text(name: string): string | undefined {
    const value = this.values.get(name);
    return value === undefined ? undefined : String(value);
  }
}

/** The fields that have a value: one that has none must not stand in the place of a default. */
export const given = (fields: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** What was typed into the fields of a form, by their ids. */
export function typedInto({ data }: APIModalSubmitInteraction): ReadonlyMap<string, string> {
  const typed = new Map<string, string>();
  for (const row of data.components) {
    const inputs = 'component' in row ? [row.component] : 'components' in row ? row.components : [];
    for (const input of inputs) {
      if (input.type === ComponentType.TextInput) typed.set(input.custom_id, input.value);
    }
  }
  return typed;
}
