import type { Fields, MessageKind } from './message-facts.js';
import { messageFields, messageKinds } from './message-facts.js';

/**
 * `layout` is what stands around the items of a mail: its first line is the subject of a mail of several,
 * and a line of `{{ content }}` says where they come.
 */
export const templateKinds = ['layout', ...messageKinds] as const;
export type TemplateKind = 'layout' | MessageKind;

export function templateKindOf(text: string): TemplateKind | null {
  return templateKinds.find((kind) => kind === text) ?? null;
}

/** What the layout may name: facts of the mail, not of one item. */
export const layoutFields = {
  recipient: 'text',
  audience: { words: ['beneficiary', 'agency'] },
  /** How many items the mail holds, and how many beside the first. */
  count: 'count',
  others: 'count',
  /** The title of the first item. */
  first: 'text',
  /** Whether it is the morning's digest. */
  digest: 'flag',
  /** Whom to ask, where it is the same for every item. */
  'contact?': 'text',
  'contactMail?': 'text',
} as const satisfies Fields;

export function fieldsOf(kind: TemplateKind): Fields {
  return kind === 'layout' ? layoutFields : messageFields[kind];
}
