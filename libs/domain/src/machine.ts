/**
 * A state machine as data: per state, the events that may happen in it and the state each leads to.
 * A list of states means that the event's own data decide (the fold says how); a state without any
 * entry is terminal. Nothing else in the code knows which moves exist.
 */
export type Machine<State extends string> = {
  readonly [From in State]: { readonly [event: string]: State | readonly State[] };
};

/** The states an event may lead to from `state`; empty when the event cannot happen there. */
export function targets<State extends string>(
  machine: Machine<State>,
  state: State,
  event: string,
): readonly State[] {
  const to = machine[state][event];
  if (to === undefined) return [];
  return typeof to === 'string' ? [to] : (to as readonly State[]);
}

/** Whether `event` may happen in `state`. */
export function allows<State extends string>(machine: Machine<State>, state: State, event: string): boolean {
  return targets(machine, state, event).length > 0;
}

/**
 * The state that `event` leads to. `choice` names the target where the machine lists several.
 * Throws when the move does not exist: decisions refuse beforehand, so this is a broken history.
 */
export function move<State extends string>(
  machine: Machine<State>,
  state: State,
  event: string,
  choice?: State,
): State {
  const possible = targets(machine, state, event);
  const to = possible.length === 1 ? possible[0] : possible.find((candidate) => candidate === choice);
  if (to === undefined) throw new Error(`${event} cannot happen in state "${state}"`);
  return to;
}

/** States that no event leaves. */
export function terminalStates<State extends string>(machine: Machine<State>): State[] {
  return (Object.keys(machine) as State[]).filter((state) => Object.keys(machine[state]).length === 0);
}

/** States in which `event` may happen, in the machine's order. */
export function statesAllowing<State extends string>(machine: Machine<State>, event: string): State[] {
  return (Object.keys(machine) as State[]).filter((state) => allows(machine, state, event));
}
