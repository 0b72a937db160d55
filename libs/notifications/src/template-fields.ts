import { ForTag, Output, TypeGuards, analyzeSync } from 'liquidjs';
import type { Template, Variable } from 'liquidjs';

import type { Field, Fields } from './message-facts.js';
import { nameOf } from './message-facts.js';
import type { TemplateFault } from './template-engine.js';

/** What a name stands for; `any` where a template made it itself. */
type Meaning = Field | 'any' | { readonly item: Fields };
type Scope = ReadonlyMap<string, Meaning>;

const filterOf: Readonly<Record<string, string>> = { date: 'date', amount: 'amount', share: 'share' };
const loop: Meaning = 'any';

/**
 * Every name in a template that its kind of message does not have, in branches that are seldom taken
 * too, and every value that would come out in the form of the record ("2024-02-28") for want of a filter.
 */
export function faultsOfFields(templates: readonly Template[], fields: Fields): TemplateFault[] {
  const scope = new Map<string, Meaning>();
  for (const [key, field] of Object.entries(fields)) scope.set(nameOf(key), field);
  const faults: TemplateFault[] = [];
  visit(templates, scope, faults);
  return faults;
}

/** Walks in the order of the text; `scope` grows by what is assigned, and within a loop by its item. */
function visit(templates: readonly Template[], scope: Map<string, Meaning>, faults: TemplateFault[]): void {
  for (const template of templates) {
    for (const variable of variablesOf(template)) {
      const found = meaningOf(variable, scope);
      if (typeof found === 'object' && 'fault' in found) faults.push(found.fault);
      else if (template instanceof Output) faults.push(...bareFaults(template, variable, found));
    }
    for (const name of template.localScope?.() ?? []) scope.set(name.content, 'any');
    const inner = template instanceof ForTag ? loopScope(template, scope) : scope;
    visit(childrenOf(template), inner, faults);
  }
}

/** Liquid's own analysis, of one tag without what it encloses. */
function variablesOf(template: Template): Variable[] {
  const { token } = template;
  const alone = { token, render: () => '', arguments: () => template.arguments?.() ?? [] };
  return Object.values(analyzeSync([alone]).variables).flat();
}

function childrenOf(template: Template): readonly Template[] {
  const children = template.children?.(false, true).next().value;
  return Array.isArray(children) ? (children as Template[]) : [];
}

function loopScope(tag: ForTag, scope: Map<string, Meaning>): Map<string, Meaning> {
  const inner = new Map(scope);
  const over = variablesOf({ token: tag.token, render: () => '', arguments: () => [tag.collection] }).at(0);
  const found = over === undefined ? 'any' : meaningOf(over, scope);
  const list = typeof found === 'object' && 'list' in found ? found.list : null;
  inner.set(tag.variable, list === null ? 'any' : { item: list });
  inner.set('forloop', loop);
  return inner;
}

function meaningOf(variable: Variable, scope: Scope): Meaning | { readonly fault: TemplateFault } {
  const [root, ...rest] = variable.segments;
  const { row: line, col: column } = variable.location;
  let path = String(root);
  let meaning = scope.get(path);
  if (meaning === undefined)
    return { fault: { line, column, field: path, message: unknown(path, [...scope.keys()]) } };
  for (const segment of rest) {
    const next: Meaning | null = memberOf(meaning, segment);
    path = typeof segment === 'number' ? `${path}[${segment}]` : `${path}.${String(segment)}`;
    if (next === null)
      return { fault: { line, column, field: path, message: unknown(path, membersOf(meaning)) } };
    meaning = next;
  }
  return meaning;
}

function memberOf(meaning: Meaning, segment: Variable['segments'][number]): Meaning | null {
  if (meaning === 'any') return 'any';
  if (typeof meaning === 'string') return segment === 'size' && meaning === 'text' ? 'count' : null;
  if ('words' in meaning) return null;
  if ('list' in meaning) {
    if (segment === 'size') return 'count';
    const isItem = segment === 'first' || segment === 'last' || typeof segment !== 'string';
    return isItem ? { item: meaning.list } : null;
  }
  const found = Object.entries(meaning.item).find(([key]) => nameOf(key) === segment);
  return found?.[1] ?? null;
}

function membersOf(meaning: Meaning): string[] {
  if (typeof meaning !== 'object' || 'words' in meaning) return [];
  return 'list' in meaning ? ['size', 'first', 'last'] : Object.keys(meaning.item).map(nameOf);
}

function unknown(path: string, known: readonly string[]): string {
  const there = known.length === 0 ? 'it has no parts' : `there are ${known.join(', ')}`;
  return `there is no field "${path}"; ${there}`;
}

/** `{{ dueOn }}` as it stands would read 2024-02-28 in every language. */
function bareFaults(output: Output, variable: Variable, meaning: Meaning): TemplateFault[] {
  const { initial, filters } = output.value;
  // One filter is the engine's own last step.
  const isBare =
    initial.postfix.length === 1 &&
    TypeGuards.isPropertyAccessToken(initial.postfix[0]) &&
    filters.length <= 1;
  const advice = isBare ? adviceOn(meaning, variable.toString()) : null;
  const { row: line, col: column } = variable.location;
  return advice === null ? [] : [{ line, column, field: variable.toString(), message: advice }];
}

function adviceOn(meaning: Meaning, name: string): string | null {
  if (typeof meaning === 'object') {
    if ('words' in meaning)
      return `${name} is one of ${meaning.words.join(', ')}, the same in every language: say it by {% case ${name} %}`;
    return `${name} is ${'list' in meaning ? 'a list: repeat over it by {% for %}' : 'an item: name one of its fields'}`;
  }
  if (meaning === 'flag') return `${name} is true or false: use it in {% if ${name} %}`;
  const filter = filterOf[meaning];
  return filter === undefined ? null : `${name} needs its filter: {{ ${name} | ${filter} }}`;
}
