// A decision table as a test: every state of a machine × every command on its thing, one cell each.
import type { CommandName } from '#domain/commands.js';
import { expect, it } from '@jest/globals';

import type { Outcome, PersonId, Stage } from './domain-fixture.js';

export interface Given {
  readonly by: PersonId;
  readonly input?: Readonly<Record<string, unknown>>;
}

export interface DecisionTable<S extends string, C extends CommandName> {
  /** How each state is reached, by real commands. */
  readonly states: Readonly<Record<S, () => Stage>>;
  /** Each command by someone who may give it, with all it needs. */
  readonly commands: Readonly<Record<C, Given>>;
  /** What each comes to: event types in order, or a refusal code after `✗`. */
  readonly rows: Readonly<Record<S, Readonly<Record<C, string>>>>;
}

/** Event types in order, each run of the same type once; or the refusal. */
export function cell({ types, refused }: Outcome): string {
  if (refused !== null) return `✗ ${refused.code}`;
  return types.filter((type, index) => type !== types[index - 1]).join(' ');
}

/**
 * One test per cell, and one that no state or command is forgotten: `every.states` are those of the machine,
 * `every.commands` those that act on its thing.
 */
export function testTable<S extends string, C extends CommandName>(
  table: DecisionTable<S, C>,
  every: { readonly states: readonly string[]; readonly commands: readonly CommandName[] },
): void {
  const states = Object.keys(table.states) as S[];
  const commands = Object.keys(table.commands) as C[];

  it('has a row for every state and a cell for every command', () => {
    expect([...states].sort()).toEqual([...every.states].sort());
    expect([...commands].sort()).toEqual([...every.commands].sort());
    for (const state of states) expect(Object.keys(table.rows[state]).sort()).toEqual([...commands].sort());
  });

  it.each(states.flatMap((state) => commands.map((name) => [state, name] as const)))(
    'in %s, %s',
    (state, name) => {
      const { by, input } = table.commands[name];
      const stage = table.states[state]();
      // What fell due before the command stands whatever becomes of it.
      stage.sweep();
      const before = stage.grant;
      const outcome = stage.give(by, name, input);
      expect(cell(outcome)).toBe(table.rows[state][name]);
      // A refused command changes nothing.
      if (outcome.refused !== null) expect(stage.grant).toBe(before);
    },
  );
}
