import { shortIban, withoutIbans } from '#domain/account-number.js';
import type { Instant } from '#domain/civil-date.js';

/** An event of the record, as the API shows it. */
export interface HookedEvent {
  readonly id: string;
  readonly stream: string;
  readonly sequence: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly actor: string;
  readonly reason: string | null;
  readonly occurredAt: Instant;
}

/** The media type of CloudEvents 1.0 in its structured mode. */
export const cloudEventType = 'application/cloudevents+json; charset=utf-8';

/** Digits of the sequence: as texts they sort as numbers do, which the extension asks for. */
const sequenceDigits = 10;

/**
 * The name of an event to those outside: of its CloudEvent and of its webhook, whichever attempt or replay. It has no
 * dot, which parts what is signed.
 */
export function idOfEvent(eventId: string): string {
  return `evt_${eventId}`;
}

/**
 * An event as a CloudEvent 1.0 in JSON, the same text whenever it is sent. Account numbers are shortened and mail
 * addresses taken out, wherever they stand: whoever may read them asks the API.
 */
export function cloudEventOf(source: string, event: HookedEvent): string {
  const { id, stream, sequence, type, actor, reason, occurredAt } = event;
  const data = Object.fromEntries(Object.entries(event.data).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify({
    specversion: '1.0',
    id: idOfEvent(id),
    source,
    type,
    subject: stream,
    time: occurredAt,
    sequence: String(sequence).padStart(sequenceDigits, '0'),
    datacontenttype: 'application/json',
    data: outward({ stream, sequence, type, data, actor, reason, occurredAt }),
  });
}

/** What the test button sends; its data is what a receiver may count on in any event. */
export function testEventOf(source: string, id: string, occurredAt: Instant): string {
  const subject = 'webhook:test';
  const type = 'webhook.test';
  return JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time: occurredAt,
    sequence: String(1).padStart(sequenceDigits, '0'),
    datacontenttype: 'application/json',
    data: { stream: subject, sequence: 1, type, data: {}, actor: 'system', reason: null, occurredAt },
  });
}

/** Hashes are no account numbers, even where they happen to look like one. */
const hash = /^[0-9a-f]{64}$/;
const mailAddress = /[^\s@<>()[\]"',;:]+@[^\s@<>()[\]"',;:]+/g;

function outward(json: unknown, field = ''): unknown {
  if (typeof json === 'string') {
    if (hash.test(json)) return json;
    if (field === 'iban') return shortIban(json);
    return withoutIbans(json).replaceAll(mailAddress, '[mail address]');
  }
  if (Array.isArray(json)) return json.map((item) => outward(item, field));
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, inside]) => [name, outward(inside, name)]));
}
