import { system } from '#domain/people.js';
import type { EventType } from '#domain/events.js';
import type { RegisterWrite, Registers } from '#lifecycle/registers.js';
import { type WebhookSubscription, addWebhook } from '#lifecycle/webhook-writes.js';
import { newKey, secretOf } from '#notifications/webhook-signature.js';

let given = 0;

/** Writes to a register under an id of its own. Throws where it is refused. */
export async function written<T>(registers: Registers, write: RegisterWrite<T>): Promise<T> {
  const outcome = await registers.register(`webhook-${(given += 1)}`, system, 'webhook', {}, write);
  if (!outcome.accepted) throw new Error(JSON.stringify(outcome.refused));
  return outcome.result;
}

/** Subscribes an address; every type and programme unless said. */
export async function subscribe(
  registers: Registers,
  url: string,
  to: { readonly types?: readonly EventType[]; readonly programme?: string } = {},
): Promise<{ readonly webhook: number; readonly secret: string }> {
  const key = newKey();
  const subscription: WebhookSubscription = { url, types: to.types ?? [], programme: to.programme ?? null };
  const { webhook } = await written(registers, addWebhook('an', subscription, key));
  return { webhook, secret: secretOf(key) };
}
