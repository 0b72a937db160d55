import { readFileSync } from 'node:fs';

import type { MailTemplate, TemplateFaults } from './mail-template.js';
import { parsedTemplate, trustedTemplate } from './mail-template.js';
import type { TemplateKind } from './template-kinds.js';
import type { MailLanguage } from './message-facts.js';

/** A template an agency saved in place of the one that came with the service. */
export interface TemplateOverride {
  readonly kind: TemplateKind;
  readonly language: MailLanguage;
  readonly source: string;
  /** Under which it was saved; absent where it is only tried. */
  readonly version?: number;
}

/** The agency's own template. A row that was saved under an older version's rules may not compile any more. */
export interface OwnTemplate {
  readonly version: number | null;
  readonly template: MailTemplate | TemplateFaults;
}

/** What to write with: the agency's own where there is one, else, or where it fails, what came with the service. */
export interface TemplatesInForce {
  readonly own: OwnTemplate | null;
  readonly shipped: MailTemplate;
}

const shippedSources = new Map<string, string>();
const shipped = new Map<string, MailTemplate>();

/** The text of a template as it came with the service. */
export function shippedSource(kind: TemplateKind, language: MailLanguage): string {
  const key = `${language}/${kind}`;
  const known = shippedSources.get(key);
  if (known !== undefined) return known;
  const source = readFileSync(new URL(`./templates/${key}.liquid`, import.meta.url), 'utf8');
  shippedSources.set(key, source);
  return source;
}

function shippedTemplate(kind: TemplateKind, language: MailLanguage): MailTemplate {
  const key = `${language}/${kind}`;
  const known = shipped.get(key);
  if (known !== undefined) return known;
  const template = trustedTemplate(shippedSource(kind, language), kind, language);
  shipped.set(key, template);
  return template;
}

/**
 * The templates in force: those that came with the service, and over them what an agency saved. It is a
 * value: new overrides make a new one. Templates are compiled when they are first used, and kept.
 */
export class MailTemplates {
  private readonly overrides = new Map<string, TemplateOverride>();
  private readonly compiled = new Map<string, OwnTemplate>();

  /** `under` are the templates that these stand over. */
  constructor(overrides: readonly TemplateOverride[] = [], under?: MailTemplates) {
    for (const [key, override] of under?.overrides ?? []) this.overrides.set(key, override);
    for (const override of overrides) this.overrides.set(`${override.language}/${override.kind}`, override);
  }

  inForce(kind: TemplateKind, language: MailLanguage): TemplatesInForce {
    return { own: this.own(kind, language), shipped: shippedTemplate(kind, language) };
  }

  private own(kind: TemplateKind, language: MailLanguage): OwnTemplate | null {
    const key = `${language}/${kind}`;
    const override = this.overrides.get(key);
    if (override === undefined) return null;
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    const { source, version = null } = override;
    const own = { version, template: parsedTemplate(source, kind, language) };
    this.compiled.set(key, own);
    return own;
  }
}
