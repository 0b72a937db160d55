import { maskedRefusal } from '#api/masked-refusal.js';
import type { Accepted, CommandRequest } from '#lifecycle/outcome.js';

import {
  type Acting,
  CommandRefused,
  acceptedOf,
  acting,
  inputOf,
  refusedHere,
  sayAccepted,
} from './acting.js';
import type { ActingOptions, ReasonOptions } from './program-finance.js';

const places = { report: '<report>', until: '<until>' } as const;

type Report = readonly [grant: string, report: string];
type Until = readonly [grant: string, report: string, until: string];
type ExtensionCommand = 'ask-extension' | 'extend-deadline' | 'refuse-extension';

/** `sluis extension ask GRANT REPORT UNTIL` */
export async function ask([grant, report, until]: Until, options: ReasonOptions): Promise<void> {
  const given = { report, until, reason: options.reason };
  const sentence = `More time for report ${report} of ${grant} is asked for, until ${until}.`;
  await decided('ask-extension', grant, given, options, sentence);
}

/** `sluis extension grant GRANT REPORT UNTIL`: refused where nothing was asked, because then a reason is needed. */
export async function grant([code, report, until]: Until, options: ActingOptions): Promise<void> {
  const unasked = `Nobody asked for more time for report ${report} of ${code}, or it is answered already; sluis extension give takes a reason of your own.`;
  await decided('extend-deadline', code, { report, until }, options, extended(code, report, until), unasked);
}

/** `sluis extension give GRANT REPORT UNTIL` */
export async function give([code, report, until]: Until, options: ReasonOptions): Promise<void> {
  const given = { report, until, reason: options.reason };
  await decided('extend-deadline', code, given, options, extended(code, report, until));
}

function extended(code: string, report: string, until: string): string {
  return `Report ${report} of ${code} is due on ${until} now.`;
}

/** `sluis extension refuse GRANT REPORT` */
export async function refuse([code, report]: Report, options: ReasonOptions): Promise<void> {
  const given = { report, reason: options.reason };
  const sentence = `More time for report ${report} of ${code} is refused; its deadline stays.`;
  await decided('refuse-extension', code, given, options, sentence);
}

/** `unreasoned`: what to say, in the place of the usual sentence, where a reason is missing. */
async function decided(
  name: ExtensionCommand,
  code: string,
  given: { readonly report: string; readonly until?: string; readonly reason?: string | undefined },
  options: ActingOptions,
  sentence: string,
  unreasoned?: string,
): Promise<void> {
  const input = inputOf(name, given, places);
  await acting(options, async (me) => {
    const request = me.request(name, input, code);
    const outcome = await run(me, request, `Report ${given.report} of ${code}`, unreasoned);
    sayAccepted(outcome, options.json, sentence);
  });
}

async function run(
  me: Acting,
  request: CommandRequest,
  subject: string,
  unreasoned: string | undefined,
): Promise<Accepted> {
  const outcome = await me.commands.run(request);
  if (outcome.accepted) return outcome;
  const masked = await maskedRefusal(me.views.grants, me.person, request, outcome.refused);
  if (masked !== null) throw refusedHere(masked.problem, places);
  if (unreasoned !== undefined && outcome.refused.code === 'reason-required')
    throw new CommandRefused(unreasoned);
  return acceptedOf(outcome, request.name, subject, places);
}
