/** What Discord holds payloads to. Each rule names where its documentation says so, and answers what is wrong. */
export interface Rule {
  name: string;
  source: string;
  // biome-ignore lint/suspicious/noExplicitAny: payloads are what somebody sends, whatever its types say
  broken(payload: any): boolean;
}

const DOCS = 'https://discord.com/developers/docs';
const CREATE_MESSAGE = `${DOCS}/resources/message#create-message`;
const EMBED_LIMITS = `${DOCS}/resources/message#embed-object-embed-limits`;
const ALLOWED_MENTIONS = `${DOCS}/resources/message#allowed-mentions-object-allowed-mentions-structure`;
const UPLOADS = `${DOCS}/reference#uploading-files`;
const COMPONENTS = `${DOCS}/components/reference`;
const CALLBACKS = `${DOCS}/interactions/receiving-and-responding`;
const COMMANDS = `${DOCS}/interactions/application-commands`;

const ACTION_ROW = 1;
const BUTTON = 2;
const TEXT_INPUT = 4;
const LABEL = 18;
const LINK = 5;
const PREMIUM = 6;

type Json = Record<string, unknown>;
const list = (value: unknown): Json[] => (Array.isArray(value) ? value : []);
const text = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'string' && value.length >= least && value.length <= most;
const unique = (values: readonly unknown[]): boolean => new Set(values).size === values.length;
const optional = (value: unknown, fits: (given: unknown) => boolean): boolean => value === undefined || fits(value);
const whole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

const rowsOf = (message: Json) => list(message.components);
const buttonsOf = (message: Json) => rowsOf(message).flatMap((row) => list(row.components));
const embedTexts = (embed: Json): string[] => [
  ...[embed.title, embed.description, (embed.footer as Json)?.text, (embed.author as Json)?.name].map((one) =>
    String(one ?? ''),
  ),
  ...list(embed.fields).flatMap(({ name, value }) => [String(name), String(value)]),
];

/** Of the JSON of a message; `files` are the ids of the files beside it. */
export const MESSAGE_RULES: readonly Rule[] = [
  {
    name: 'content has at most 2000 characters',
    source: CREATE_MESSAGE,
    broken: ({ content }) => !optional(content, (given) => given === null || text(given, 0, 2000)),
  },
  {
    name: 'it is not empty',
    source: CREATE_MESSAGE,
    broken: ({ content, embeds, files = [] }) => !content && list(embeds).length === 0 && files.length === 0,
  },
  { name: 'at most 10 embeds', source: CREATE_MESSAGE, broken: ({ embeds }) => list(embeds).length > 10 },
  {
    name: 'the title of an embed has at most 256 characters, its description 4096',
    source: EMBED_LIMITS,
    broken: ({ embeds }) =>
      list(embeds).some(
        ({ title, description }) =>
          !optional(title, (given) => text(given, 0, 256)) || !optional(description, (given) => text(given, 0, 4096)),
      ),
  },
  {
    name: 'the texts of all embeds have at most 6000 characters',
    source: EMBED_LIMITS,
    broken: ({ embeds }) => list(embeds).flatMap(embedTexts).join('').length > 6000,
  },
  {
    name: 'a nonce has at most 25 characters',
    source: CREATE_MESSAGE,
    broken: ({ nonce }) => String(nonce ?? '').length > 25,
  },
  {
    name: 'at most 5 action rows, and nothing else at the top',
    source: `${COMPONENTS}#legacy-message-component-behavior`,
    broken: (message) => rowsOf(message).length > 5 || rowsOf(message).some(({ type }) => type !== ACTION_ROW),
  },
  {
    name: 'an action row has 1 to 5 buttons',
    source: `${COMPONENTS}#action-row`,
    broken: (message) =>
      rowsOf(message).some((row) => list(row.components).length < 1 || list(row.components).length > 5),
  },
  {
    name: 'what stands in the rows of a message is a button of a known style',
    source: `${COMPONENTS}#button-button-styles`,
    broken: (message) => buttonsOf(message).some(({ type, style }) => type !== BUTTON || !whole(style, 1, 6)),
  },
  {
    name: 'the label of a button has at most 80 characters',
    source: `${COMPONENTS}#button-button-structure`,
    broken: (message) => buttonsOf(message).some(({ label }) => !optional(label, (given) => text(given, 1, 80))),
  },
  {
    name: 'a custom id has 1 to 100 characters',
    source: `${COMPONENTS}#anatomy-of-a-component-custom-id`,
    broken: (message) =>
      buttonsOf(message).some(({ style, custom_id: id }) => style !== LINK && style !== PREMIUM && !text(id, 1, 100)),
  },
  {
    name: 'custom ids of a message differ',
    source: `${COMPONENTS}#anatomy-of-a-component-custom-id`,
    broken: (message) => !unique(buttonsOf(message).map(({ custom_id: id }) => id)),
  },
  {
    name: 'mentions are allowed by kinds that there are',
    source: ALLOWED_MENTIONS,
    broken: ({ allowed_mentions: allowed }) =>
      allowed !== undefined &&
      (allowed === null ||
        !list(allowed.parse ?? []).every((kind) => ['roles', 'users', 'everyone'].includes(String(kind)))),
  },
  {
    name: 'mentions are allowed by kind or by id, not by both',
    source: ALLOWED_MENTIONS,
    broken: ({ allowed_mentions: allowed }) =>
      ['users', 'roles'].some((kind) => allowed?.parse?.includes(kind) && list(allowed[kind]).length > 0),
  },
  {
    name: 'each attachment is one of the files, by its number',
    source: UPLOADS,
    broken: ({ attachments, files = [] }) =>
      list(attachments).some(({ id }) => !files.includes(String(id))) || !unique(list(attachments).map(({ id }) => id)),
  },
  {
    name: 'where attachments are listed, each file is among them',
    source: UPLOADS,
    broken: ({ attachments, files = [] }) =>
      attachments !== undefined && files.some((id: string) => !list(attachments).some((one) => String(one.id) === id)),
  },
  { name: 'at most 10 files', source: CREATE_MESSAGE, broken: ({ files = [] }) => files.length > 10 },
  {
    name: 'the files are within the size that the place allows',
    source: UPLOADS,
    broken: ({ bytes = 0, limit = Number.POSITIVE_INFINITY }) => bytes > limit,
  },
];

const inputsOf = (form: Json) =>
  rowsOf(form).flatMap((row) => (row.type === LABEL ? [row.component as Json] : list(row.components)));

/** Of the data of a form (a modal). */
export const FORM_RULES: readonly Rule[] = [
  {
    name: 'its custom id has 1 to 100 characters',
    source: `${CALLBACKS}#interaction-response-object-modal`,
    broken: ({ custom_id: id }) => !text(id, 1, 100),
  },
  {
    name: 'its title has at most 45 characters',
    source: `${CALLBACKS}#interaction-response-object-modal`,
    broken: ({ title }) => !text(title, 1, 45),
  },
  {
    name: 'it has 1 to 5 components',
    source: `${CALLBACKS}#interaction-response-object-modal`,
    broken: (form) => rowsOf(form).length < 1 || rowsOf(form).length > 5,
  },
  {
    name: 'each is a label of at most 45 characters with an input',
    source: `${COMPONENTS}#label-label-structure`,
    broken: (form) =>
      rowsOf(form).some(({ type, label, component }) => type !== LABEL || !text(label, 1, 45) || !component),
  },
  {
    name: 'a text input under a label has none of its own',
    source: `${COMPONENTS}#text-input-text-input-structure`,
    broken: (form) => inputsOf(form).some(({ type, label }) => type !== TEXT_INPUT || label !== undefined),
  },
  {
    name: 'a text input has a custom id of 1 to 100 characters, and no two the same',
    source: `${COMPONENTS}#text-input-text-input-structure`,
    broken: (form) =>
      !inputsOf(form).every(({ custom_id: id }) => text(id, 1, 100)) ||
      !unique(inputsOf(form).map(({ custom_id: id }) => id)),
  },
  {
    name: 'a text input is of one of two styles',
    source: `${COMPONENTS}#text-input-text-input-styles`,
    broken: (form) => inputsOf(form).some(({ style }) => !whole(style, 1, 2)),
  },
  {
    name: 'a text input holds 1 to 4000 characters at most, and no more at first',
    source: `${COMPONENTS}#text-input-text-input-structure`,
    broken: (form) =>
      inputsOf(form).some(
        ({ max_length: most, value }) =>
          !optional(most, (given) => whole(given, 1, 4000)) ||
          !optional(value, (given) => text(given, 0, Number(most ?? 4000))),
      ),
  },
];

const CHOICE_SOURCE = `${COMMANDS}#application-command-object-application-command-option-choice-structure`;
const AUTOCOMPLETE = `${CALLBACKS}#interaction-response-object-autocomplete`;

/** Of the data that completes an option. */
export const CHOICE_RULES: readonly Rule[] = [
  {
    name: 'there are at most 25',
    source: AUTOCOMPLETE,
    broken: ({ choices }) => !Array.isArray(choices) || choices.length > 25,
  },
  {
    name: 'the name of each has 1 to 100 characters',
    source: CHOICE_SOURCE,
    broken: ({ choices }) => list(choices).some(({ name }) => !text(name, 1, 100)),
  },
  {
    name: 'the value of each has at most 100 characters',
    source: CHOICE_SOURCE,
    broken: ({ choices }) => list(choices).some(({ value }) => typeof value === 'string' && value.length > 100),
  },
];

const OPTION_SOURCE = `${COMMANDS}#application-command-object-application-command-option-structure`;
const NAME_SOURCE = `${COMMANDS}#application-command-object-application-command-naming`;
const SUBCOMMAND = [1, 2];
const COMPLETED = [3, 4, 10];
const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;

const optionsOf = (command: Json): Json[] =>
  list(command.options).flatMap((option) => [option, ...optionsOf(option as Json)]);
const levelsOf = (command: Json): Json[][] => [
  list(command.options),
  ...list(command.options).flatMap((option) => levelsOf(option).filter((level) => level.length > 0)),
];
const textsOf = (command: Json): string =>
  [
    command.name,
    command.description,
    command.value ?? '',
    ...list(command.choices).map(textsOf),
    ...list(command.options).map(textsOf),
  ].join('');

/** Of one command. */
export const COMMAND_RULES: readonly Rule[] = [
  {
    name: 'names are lower case, of 1 to 32 letters, digits, dashes and underscores',
    source: NAME_SOURCE,
    broken: (command) =>
      [command, ...optionsOf(command)].some(
        ({ name }) => !NAME.test(String(name)) || String(name) !== String(name).toLowerCase(),
      ),
  },
  {
    name: 'descriptions have 1 to 100 characters',
    source: OPTION_SOURCE,
    broken: (command) => [command, ...optionsOf(command)].some(({ description }) => !text(description, 1, 100)),
  },
  {
    name: 'there are at most 25 options',
    source: `${COMMANDS}#application-command-object-application-command-structure`,
    broken: (command) => levelsOf(command).some((level) => level.length > 25),
  },
  {
    name: 'options of one level have different names',
    source: OPTION_SOURCE,
    broken: (command) => levelsOf(command).some((level) => !unique(level.map(({ name }) => name))),
  },
  {
    name: 'required options come first',
    source: OPTION_SOURCE,
    broken: (command) =>
      levelsOf(command).some((level) => {
        const first = level.findIndex(({ required }) => required !== true);
        return first >= 0 && level.slice(first).some(({ required }) => required === true);
      }),
  },
  {
    name: 'subcommands and other options do not stand together',
    source: `${COMMANDS}#subcommands-and-subcommand-groups`,
    broken: (command) =>
      levelsOf(command).some((level) => {
        const subcommands = level.filter(({ type }) => SUBCOMMAND.includes(Number(type))).length;
        return subcommands > 0 && subcommands < level.length;
      }),
  },
  {
    name: 'an option has at most 25 choices, each of at most 100 characters',
    source: CHOICE_SOURCE,
    broken: (command) =>
      optionsOf(command).some(
        ({ choices }) =>
          list(choices).length > 25 ||
          list(choices).some(({ name, value }) => !text(name, 1, 100) || String(value).length > 100),
      ),
  },
  {
    name: 'what is completed is text or a number, and has no choices',
    source: OPTION_SOURCE,
    broken: (command) =>
      optionsOf(command).some(
        ({ autocomplete, choices, type }) =>
          autocomplete === true && (list(choices).length > 0 || !COMPLETED.includes(Number(type))),
      ),
  },
  {
    name: 'the length of a text is bounded by 6000',
    source: OPTION_SOURCE,
    broken: (command) =>
      optionsOf(command).some(
        ({ min_length: least, max_length: most }) =>
          !optional(least, (given) => whole(given, 0, 6000)) || !optional(most, (given) => whole(given, 1, 6000)),
      ),
  },
  {
    name: 'all its texts have at most 8000 characters',
    source: `${COMMANDS}#slash-commands`,
    broken: (command) => textsOf(command).length > 8000,
  },
];

/** Of all commands of an application. */
export const COMMAND_LIST_RULES: readonly Rule[] = [
  {
    name: 'there are at most 100 slash commands',
    source: `${COMMANDS}#registering-a-command`,
    broken: (commands) => commands.length > 100,
  },
  {
    name: 'no two have the same name',
    source: `${COMMANDS}#registering-a-command`,
    broken: (commands) => !unique(commands.map(({ name }: Json) => name)),
  },
];

const CALLBACK_TYPES = `${CALLBACKS}#interaction-response-object-interaction-callback-type`;
/** By the type of the interaction, the types of answers that it takes. */
const FITTING: Readonly<Record<number, readonly number[]>> = {
  1: [1],
  2: [4, 5, 9],
  3: [4, 5, 6, 7, 9],
  4: [8],
  5: [4, 5, 6, 7],
};

/** Of the answer to an interaction: `to` is the type of that. */
export const RESPONSE_RULES: readonly Rule[] = [
  {
    name: 'its type is one that the interaction takes',
    source: CALLBACK_TYPES,
    broken: ({ type, to }) => !(FITTING[to] ?? []).includes(type),
  },
  {
    name: 'a message, choices and a form come with their data',
    source: CALLBACK_TYPES,
    broken: ({ type, data }) => [4, 8, 9].includes(type) && (typeof data !== 'object' || data === null),
  },
];

/** What is wrong with a payload, in the words of the rules that it breaks. */
export const brokenBy = (payload: unknown, rules: readonly Rule[]): string[] =>
  rules.filter((rule) => rule.broken(payload)).map(({ name }) => name);
