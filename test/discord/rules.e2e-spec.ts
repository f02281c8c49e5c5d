import { describe, expect, it } from '@jest/globals';
import {
  brokenBy,
  CHOICE_RULES,
  COMMAND_LIST_RULES,
  COMMAND_RULES,
  FORM_RULES,
  MESSAGE_RULES,
  RESPONSE_RULES,
  type Rule,
} from './rules.js';

const x = (length: number) => 'x'.repeat(length);
const times = <T>(count: number, one: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => one(n));

const button = (change: object = {}) => ({ type: 2, style: 2, label: 'Go', custom_id: 'go:1', ...change });
const row = (...components: object[]) => ({ type: 1, components });
const message = (change: object = {}) => ({
  content: 'hello',
  components: [row(button())],
  allowed_mentions: { parse: [] },
  ...change,
});
const withButtons = (...buttons: object[]) => message({ components: [row(...buttons)] });

const input = (change: object = {}) => ({ type: 4, custom_id: 'text', style: 2, max_length: 4000, ...change });
const label = (change: object = {}, of: object = {}) => ({ type: 18, label: 'Text', component: input(of), ...change });
const form = (change: object = {}) => ({ custom_id: 'form:1', title: 'A form', components: [label()], ...change });

const option = (change: object = {}) => ({ type: 3, name: 'text', description: 'A text', ...change });
const command = (change: object = {}) => ({
  type: 1,
  name: 'run',
  description: 'Runs',
  options: [option()],
  ...change,
});
const withOptions = (...options: object[]) => command({ options });
const choice = (name: string, value = 'v') => ({ name, value });

/** For each rule, in the order in which they stand, payloads that break it and no other. */
const BREAKING: [string, readonly Rule[], object, object[][]][] = [
  [
    'a message',
    MESSAGE_RULES,
    message(),
    [
      [message({ content: x(2001) })],
      [message({ content: '' })],
      [message({ embeds: times(11, () => ({ title: 'a' })) })],
      [message({ embeds: [{ title: x(257) }] }), message({ embeds: [{ description: x(4097) }] })],
      [message({ embeds: times(2, () => ({ description: x(3001) })) })],
      [message({ nonce: x(26) })],
      [
        message({ components: times(6, (n) => row(button({ custom_id: `go:${n}` }))) }),
        message({ components: [{ type: 10 }] }),
      ].slice(0, 1),
      [message({ components: [row()] }), withButtons(...times(6, (n) => button({ custom_id: `go:${n}` })))],
      [withButtons(button({ style: 9 })), withButtons(button({ type: 3 }))],
      [withButtons(button({ label: x(81) }))],
      [withButtons(button({ custom_id: x(101) })), withButtons(button({ custom_id: undefined }))],
      [withButtons(button(), button())],
      [message({ allowed_mentions: { parse: ['everybody'] } }), message({ allowed_mentions: null })],
      [message({ allowed_mentions: { parse: ['users'], users: ['1'] } })],
      [message({ attachments: [{ id: 0, filename: 'a' }] })],
      [message({ attachments: [], files: ['0'] })],
      [message({ files: times(11, String) })],
      [message({ files: ['0'], bytes: 11, limit: 10 })],
    ],
  ],
  [
    'a form',
    FORM_RULES,
    form(),
    [
      [form({ custom_id: x(101) })],
      [form({ title: x(46) }), form({ title: '' })],
      [form({ components: [] }), form({ components: times(6, (n) => label({}, { custom_id: `text-${n}` })) })],
      [form({ components: [label({ label: x(46) })] }), form({ components: [row(input())] })],
      [form({ components: [label({}, { label: 'Text' })] })],
      [form({ components: [label({}, { custom_id: '' })] }), form({ components: [label(), label()] })],
      [form({ components: [label({}, { style: 3 })] })],
      [form({ components: [label({}, { max_length: 4001 })] }), form({ components: [label({}, { value: x(4001) })] })],
    ],
  ],
  [
    'what completes an option',
    CHOICE_RULES,
    { choices: [choice('a')] },
    [
      [{ choices: times(26, () => choice('a')) }, {}],
      [{ choices: [choice(x(101))] }, { choices: [choice('')] }],
      [{ choices: [choice('a', x(101))] }],
    ],
  ],
  [
    'a command',
    COMMAND_RULES,
    command(),
    [
      [command({ name: 'Run' }), command({ name: 'run it' }), withOptions(option({ name: x(33) }))],
      [command({ description: x(101) }), withOptions(option({ description: '' }))],
      [withOptions(...times(26, (n) => option({ name: `n${n}` })))],
      [withOptions(option(), option())],
      [withOptions(option(), option({ name: 'other', required: true }))],
      [withOptions(option(), option({ name: 'sub', type: 1 }))],
      [
        withOptions(option({ choices: times(26, (n) => choice(`c${n}`)) })),
        withOptions(option({ choices: [choice(x(101))] })),
      ],
      [
        withOptions(option({ autocomplete: true, choices: [choice('a')] })),
        withOptions(option({ autocomplete: true, type: 5 })),
      ],
      [withOptions(option({ max_length: 6001 })), withOptions(option({ min_length: -1 }))],
      [withOptions(...times(4, (n) => option({ name: `n${n}`, choices: times(25, () => choice(x(80), x(80))) })))],
    ],
  ],
  [
    'all commands',
    COMMAND_LIST_RULES,
    [command()],
    [[times(101, (n) => command({ name: `n${n}` }))], [[command(), command()]]],
  ],
  [
    'an answer',
    RESPONSE_RULES,
    { to: 2, type: 5 },
    [
      [
        { to: 1, type: 4, data: {} },
        { to: 2, type: 6 },
        { to: 4, type: 5 },
        { to: 5, type: 9, data: {} },
        { to: 2, type: 3 },
      ],
      [
        { to: 2, type: 4 },
        { to: 2, type: 9, data: null },
      ],
    ],
  ],
];

describe.each(BREAKING)('%s', (_, rules, kept, breaking) => {
  it('that keeps every rule is taken', () => expect(brokenBy(kept, rules)).toEqual([]));

  it('has a payload for each rule that breaks it', () => expect(breaking).toHaveLength(rules.length));

  it.each(rules.map((rule, index) => [rule.name, rule, breaking[index] ?? []] as const))(
    '%s',
    (name, rule, payloads) => {
      expect(rule.source).toMatch(/^https:\/\/discord\.com\/developers\/docs\/[\w/-]+#[\w-]+$/);
      expect(payloads.length).toBeGreaterThan(0);
      for (const payload of payloads) expect(brokenBy(payload, rules)).toEqual([name]);
    },
  );
});
