import { Option } from 'commander';
import { DELIVERY_STATES, WEBHOOK_FILTERS, type WebhookFilter } from '#contracts';
import {
  addWebhook,
  enableWebhook,
  listDeliveries,
  listWebhooks,
  removeWebhook,
  resend,
  rotateSecret,
  testWebhook,
  updateWebhook,
} from '../commands/webhooks.js';
import { countOf } from './numbers.js';
import { collect, type Usage } from './usage.js';

/** The commands that look after who is told of what happens. */
export function webhooks({ terminal, ended, add }: Usage): void {
  const examples = ['ocw webhooks', 'ocw webhooks add https://example.org/hook --event task.failed'];
  const group = add('webhooks', 'who is told of what happens', examples).action(async (options) =>
    ended(await listWebhooks(terminal, options)),
  );
  add('ls', 'the same', ['ocw webhooks ls'], group).action(async (options) =>
    ended(await listWebhooks(terminal, options)),
  );
  const made = ["ocw webhooks add https://example.org/hook --event 'task.*' --description deploys"];
  add('add <url>', 'make one, and show its secret this once', made, group)
    .addOption(eventOption().default(undefined, "'task.*'"))
    .option('--description <text>', 'what it is called here')
    .action(async (url, { event, ...options }) =>
      ended(await addWebhook(terminal, url, { ...options, events: event })),
    );
  const changed = ['ocw webhooks update deploys --event task.failed --event task.lost'];
  add('update <webhook>', 'change one', changed, group)
    .option('--url <url>', 'it goes there from now on')
    .addOption(eventOption())
    .option('--description <text>', 'what it is called here')
    .action(async (which, { event, ...options }) =>
      ended(await updateWebhook(terminal, which, { ...options, events: event })),
    );
  for (const [name, description, enabled] of [
    ['pause', 'tell it nothing for now', false],
    ['resume', 'let it go on', true],
  ] as const) {
    add(`${name} <webhook>`, description, [`ocw webhooks ${name} deploys`], group).action(async (which, options) =>
      ended(await enableWebhook(terminal, which, enabled, options)),
    );
  }
  add('rm <webhook>', 'remove one', ['ocw webhooks rm deploys'], group).action(async (which, options) =>
    ended(await removeWebhook(terminal, which, options)),
  );
  const rotated = ['ocw webhooks rotate deploys --grace 1h', 'ocw webhooks rotate'];
  add('rotate [webhook]', "a new secret, shown this once; without a webhook, that of tasks' own", rotated, group)
    .option('--grace <duration>', 'the old secret signs for so long as well')
    .action(async (which, options) => ended(await rotateSecret(terminal, which, options)));
  add('test <webhook>', 'send it a message', ['ocw webhooks test deploys'], group).action(async (which, options) =>
    ended(await testWebhook(terminal, which, options)),
  );
  add('deliveries [webhook]', 'what was sent, newest first', ['ocw webhooks deliveries --state failed -n 50'], group)
    .addOption(new Option('--state <state>', 'only those').choices(DELIVERY_STATES))
    .option('-n, --limit <count>', 'at most so many (default 20)', countOf)
    .action(async (which, options) => ended(await listDeliveries(terminal, which, options)));
  add('resend <delivery>', 'send the same message again', ['ocw webhooks resend 01a2…'], group).action(
    async (delivery, options) => ended(await resend(terminal, delivery, options)),
  );
}

/** The values of `choices`, each checked, all of them collected. */
function eventOption(): Option {
  const option = new Option('--event <event>', 'what it is told of; may be repeated').choices(WEBHOOK_FILTERS);
  const check = option.parseArg;
  return option.argParser((value, all?: WebhookFilter[]) => {
    check?.(value, undefined);
    return collect(value, all) as WebhookFilter[];
  });
}
