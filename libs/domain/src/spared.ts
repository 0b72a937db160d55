import type { Grant } from './grant.js';
import type { Plan } from './plan.js';
import { reportsBehind } from './plan.js';

/** The reports and evaluations that a termination leaves alone for the tranche it spares. */
export function sparedReports(grant: Grant, plan: Plan): ReadonlySet<string> {
  if (grant.spared === null) return new Set();
  const planned = plan.tranches.find((tranche) => tranche.no === grant.spared);
  return planned === undefined ? new Set() : reportsBehind(plan, planned);
}
