import { describe, expect, it } from '@jest/globals';

import { Stage, examplePlan, report, tranche } from '#test/support/domain-fixture.js';
import type { Outcome, StageOptions } from '#test/support/domain-fixture.js';
import { awarded, decision, reason } from '#test/support/domain-stages.js';
import { nextReminder } from './due.js';
import { checkGrant } from './invariants.js';
import type { PlannedReport } from './plan.js';

const interim = { report: 'interim' };

/** One report, due on 28 February 2024, and a tranche that never moves. */
function owing(part: Partial<PlannedReport> = {}, options: StageOptions = {}): Stage {
  const interimReport = report('interim', { due: { kind: 'date', on: '2024-02-28' }, ...part });
  const tranches = [tranche(1, { requires: [{ kind: 'document', ref: 'permit' }] })];
  const plan = { ...examplePlan, tranches, reports: [interimReport], evaluations: [] };
  const stage = awarded({ plan, ...options });
  stage.until('2023-06-01T12:00');
  return stage;
}

/** What was sent (S), superseded (s) and escalated (E), each with its offset, recipient and local moment. */
function messages(stage: Stage, from = 0): string[] {
  return stage.events.slice(from).flatMap((event) => {
    const at = new Date(event.occurredAt).toISOString().slice(0, 16);
    if (event.type === 'report.escalated') return [`E ${event.data.to} ${at}`];
    if (event.type === 'reminder.sent') return [`S ${event.data.offset} ${event.data.to} ${at}`];
    return event.type === 'reminder.superseded' ? [`s ${event.data.offset} ${event.data.to} ${at}`] : [];
  });
}

const offsets = ({ events }: Outcome): string[] =>
  events.flatMap((event) =>
    event.type === 'reminder.sent' || event.type === 'reminder.superseded'
      ? [`${event.type === 'reminder.sent' ? 'S' : 's'}${event.data.offset}`]
      : [],
  );

describe('the reminder that comes next', () => {
  const next = (stage: Stage, now: string): string | null => {
    const [first] = stage.grant.reports;
    if (first === undefined) throw new Error('there is a report');
    return nextReminder(stage.grant, first, stage.facts().plan, now)?.offset ?? null;
  };

  it('is the first moment after now of what is still owed and not silenced', () => {
    const stage = owing();
    expect(next(stage, '2024-02-21T07:59:59.999Z')).toBe('-P7D');
    expect(next(stage, '2024-02-21T08:00:00.000Z')).toBe('-P1D');
    expect(next(stage, '2024-03-13T08:00:00.000Z')).toBeNull();
    stage.give('an', 'suspend', { reason, mute: true });
    expect(next(stage, '2024-02-21T08:00:00.000Z')).toBeNull();
  });
});

describe('the series of a deadline', () => {
  it('is sent at 09:00 local time, in winter and in summer, before and after, and escalates once', () => {
    const stage = owing();
    stage.until('2024-12-31T00:00');
    expect(messages(stage)).toEqual([
      'S -P60D stad 2023-12-30T08:00',
      'S -P30D stad 2024-01-29T08:00',
      'S -P14D stad 2024-02-14T08:00',
      'S -P7D stad 2024-02-21T08:00',
      'S -P1D stad 2024-02-27T08:00',
      'S +P1D stad 2024-02-29T08:00',
      'S +P7D stad 2024-03-06T08:00',
      'S +P14D stad 2024-03-13T08:00',
      'E an 2024-03-13T08:00',
    ]);
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
    const summer = owing({
      due: { kind: 'date', on: '2024-04-02' },
      reminders: { before: ['P2D', 'P7D'], after: [], at: '09:00' },
    });
    summer.until('2024-04-02T00:00');
    // The clocks change on 31 March 2024.
    expect(messages(summer)).toEqual(['S -P7D stad 2024-03-26T08:00', 'S -P2D stad 2024-03-31T07:00']);
  });

  it('moves a time that the clocks skip on by the gap, and takes the first of one that comes twice', () => {
    const skipped = owing({
      due: { kind: 'date', on: '2024-03-31' },
      reminders: { before: ['P0D'], after: [], at: '02:30' },
    });
    skipped.until('2024-03-31T12:00');
    expect(messages(skipped)).toEqual(['S -P0D stad 2024-03-31T01:30']);
    const twice = owing({
      due: { kind: 'date', on: '2023-10-29' },
      reminders: { before: ['P0D'], after: [], at: '02:30' },
    });
    twice.until('2023-10-29T12:00');
    expect(messages(twice)).toEqual(['S -P0D stad 2023-10-29T00:30']);
  });

  it('goes to every person of the beneficiary, ordered by moment and recipient', () => {
    const since = '2000-01-01T00:00:00.000Z';
    const stage = owing(
      {},
      {
        contacts: [
          { id: 'zoe', since },
          { id: 'amir', since },
        ],
      },
    );
    stage.at('2024-02-29T10:00').sweep();
    expect(messages(stage).slice(-4)).toEqual([
      's -P1D amir 2024-02-29T09:00',
      's -P1D zoe 2024-02-29T09:00',
      'S +P1D amir 2024-02-29T09:00',
      'S +P1D zoe 2024-02-29T09:00',
    ]);
  });

  it('is not made up for whoever joins later, who gets what lies ahead', () => {
    const stage = owing();
    stage.until('2024-02-15T00:00');
    stage.contacts = [...stage.contacts, { id: 'new', since: stage.now }];
    stage.until('2024-02-28T00:00');
    expect(messages(stage).filter((line) => line.includes(' new '))).toEqual([
      'S -P7D new 2024-02-21T08:00',
      'S -P1D new 2024-02-27T08:00',
    ]);
  });

  it('breaks no rule where somebody joins at the very instant at which it was decided', () => {
    const stage = owing();
    stage.until('2024-02-21T09:00');
    stage.contacts = [...stage.contacts, { id: 'new', since: stage.now }];
    stage.until('2024-02-28T00:00');
    expect(messages(stage).filter((line) => line.includes(' new '))).toEqual(['S -P1D new 2024-02-27T08:00']);
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });

  it('stops when the report is handed in or waived, and at the moment itself still goes out first', () => {
    const handedIn = owing();
    handedIn.until('2024-02-14T09:00');
    handedIn.must('stad', 'submit-report', interim);
    expect(messages(handedIn).at(-1)).toBe('S -P14D stad 2024-02-14T08:00');
    expect(handedIn.until('2025-01-01T00:00').types).toEqual([]);
    const waived = owing().must('an', 'waive-report', { ...interim, reason });
    expect(waived.until('2025-01-01T00:00').types).toEqual([]);
    const terminated = owing().must('an', 'terminate', { reason });
    expect(terminated.until('2025-01-01T00:00').types).toEqual([]);
  });

  it('stops by termination for a spared report too, and is not made up for after reopening', () => {
    const plan = {
      ...examplePlan,
      tranches: [tranche(1, { requires: [{ kind: 'report', ref: 'interim' }] })],
      reports: [report('interim', { due: { kind: 'date', on: '2024-02-28' } })],
      evaluations: [],
    };
    const stage = awarded({ plan });
    stage.until('2024-01-01T00:00');
    stage.must('an', 'terminate', { reason, tranche: 1 });
    expect(stage.until('2024-02-20T00:00').types).toEqual([]);
    stage.must('an', 'reopen-grant', { decision, reason });
    expect(offsets(stage.until('2024-02-28T00:00'))).toEqual(['S-P7D', 'S-P1D']);
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });
});

describe('after an outage', () => {
  it('only the latest that still means something goes out, the others are superseded', () => {
    const before = owing().at('2024-02-22T12:00').sweep();
    expect(offsets(before)).toEqual(['s-P60D', 's-P30D', 's-P14D', 'S-P7D']);
    const after = owing().at('2024-03-07T12:00').sweep();
    expect(after.types[0]).toBe('report.overdue');
    expect(offsets(after)).toEqual(['s-P60D', 's-P30D', 's-P14D', 's-P7D', 's-P1D', 's+P1D', 'S+P7D']);
    // The deadline has passed and no reminder after it is due yet: nothing means anything any more.
    expect(offsets(owing().at('2024-02-29T08:59').sweep())).toEqual([
      's-P60D',
      's-P30D',
      's-P14D',
      's-P7D',
      's-P1D',
    ]);
    // On the last day itself it still does.
    expect(offsets(owing().at('2024-02-28T23:59').sweep()).at(-1)).toBe('S-P1D');
  });

  it('nobody is told twice', () => {
    const stage = owing().at('2024-02-22T12:00');
    stage.sweep();
    expect(stage.sweep().types).toEqual([]);
    expect(offsets(stage.until('2024-02-28T12:00'))).toEqual(['S-P1D']);
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
  });
});

describe('a contact who changes', () => {
  const since = '2000-01-01T00:00:00.000Z';

  it('is told from then on, and not of moments that another was told of', () => {
    const stage = owing();
    stage.until('2024-02-14T12:00');
    stage.contacts = [{ id: 'nele', since }];
    stage.until('2024-02-27T12:00');
    expect(messages(stage).slice(-3)).toEqual([
      'S -P14D stad 2024-02-14T08:00',
      'S -P7D nele 2024-02-21T08:00',
      'S -P1D nele 2024-02-27T08:00',
    ]);
    expect(stage.sweep().types).toEqual([]);
    const history = {
      ...stage.history(),
      reminded: { contacts: stage.contacts, chosen: true, sweptUntil: stage.now },
    };
    expect(checkGrant(stage.grant, stage.events, history)).toEqual([]);
  });

  it('is told of what was missed while nothing ran, if it still means something', () => {
    const stage = owing();
    stage.until('2024-02-10T12:00');
    // Off from the 10th to the 22nd; since the 20th another is the contact.
    stage.contacts = [{ id: 'nele', since }];
    stage.at('2024-02-22T12:00').sweep();
    expect(messages(stage).slice(-2)).toEqual([
      's -P14D nele 2024-02-22T11:00',
      'S -P7D nele 2024-02-22T11:00',
    ]);
  });

  it('leaves no moment silent', () => {
    const stage = owing();
    stage.until('2024-02-14T12:00');
    const silent = {
      ...stage.history(),
      reminded: { contacts: stage.contacts, chosen: true, sweptUntil: '2024-02-22T00:00:00.000Z' },
    };
    expect(checkGrant(stage.grant, stage.events, silent)).toEqual([
      {
        invariant: 'I5',
        message: 'reminder -P7D of interim, due on 2024-02-28, to stad fell due and stayed silent',
      },
    ]);
  });
});

describe('a returned report', () => {
  it('has a series of its own around the new date, without what had passed when it was set', () => {
    const stage = owing().must('stad', 'submit-report', interim).at('2024-03-01T10:00');
    stage.must('an', 'return-report', { ...interim, resubmitBy: '2024-03-11', reason });
    const from = stage.events.length;
    stage.until('2024-03-26T00:00');
    expect(messages(stage, from)).toEqual([
      'S -P7D stad 2024-03-04T08:00',
      'S -P1D stad 2024-03-10T08:00',
      'S +P1D stad 2024-03-12T08:00',
      'S +P7D stad 2024-03-18T08:00',
      'S +P14D stad 2024-03-25T08:00',
      'E an 2024-03-25T08:00',
    ]);
  });
});

describe('an extended deadline', () => {
  it('drops what was not yet due without an event and has its own series; moving back brings it again', () => {
    const stage = owing();
    stage.until('2024-02-15T12:00');
    // Only a bulk move goes back, by being undone.
    const move = { programme: 'REN', ...interim, until: '2024-06-28', moveWindows: true, reason };
    stage.must('an', 'move-deadlines', move);
    expect(offsets(stage.until('2024-02-25T12:00'))).toEqual([]);
    stage.must('an', 'undo-move', { reason });
    // P7D of 28 February passed while another date was in force: it is not made up for. P14D was told.
    expect(offsets(stage.until('2024-03-01T00:00'))).toEqual(['S-P1D', 'S+P1D']);
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
    const later = owing();
    later.must('an', 'extend-deadline', { ...interim, until: '2024-03-15', reason });
    expect(offsets(later.until('2024-03-16T12:00'))).toEqual([
      'S-P60D',
      'S-P30D',
      'S-P14D',
      'S-P7D',
      'S-P1D',
      'S+P1D',
    ]);
  });
});

describe('suspension', () => {
  it('leaves deadlines and reminders running', () => {
    const stage = owing().must('an', 'suspend', { reason });
    expect(stage.until('2024-02-29T12:00').types).toContain('report.overdue');
    expect(messages(stage).at(-1)).toBe('S +P1D stad 2024-02-29T08:00');
  });

  it('with mute is silent, and what it silenced is not made up for', () => {
    const stage = owing();
    stage.until('2024-01-01T12:00');
    stage.must('an', 'suspend', { reason, mute: true });
    expect(stage.until('2024-02-22T12:00').types).toEqual([]);
    stage.must('an', 'resume');
    expect(offsets(stage.until('2024-02-28T12:00'))).toEqual(['S-P1D']);
    expect(checkGrant(stage.grant, stage.events, stage.history())).toEqual([]);
    // The deadline runs on although nobody is told.
    const silent = owing().must('an', 'suspend', { reason, mute: true });
    expect(silent.until('2024-03-20T12:00').types).toEqual(['report.overdue']);
    // A suspension without mute after one with mute speaks again.
    silent.must('an', 'resume').must('an', 'suspend', { reason });
    silent.must('an', 'extend-deadline', { ...interim, until: '2024-06-28', reason });
    expect(offsets(silent.until('2024-06-28T12:00')).length).toBe(5);
  });
});

describe('escalation', () => {
  it('is told to the handler, else to every administrator known by then', () => {
    const administrators = ['ada', 'an'].map((id) => ({ id, since: '2000-01-01T00:00:00.000Z' }));
    const handled = owing({}, { handler: 'ada', administrators });
    handled.until('2024-04-01T00:00');
    expect(messages(handled).filter((line) => line.startsWith('E'))).toEqual(['E ada 2024-03-13T08:00']);
    const three = [
      { id: 'zed', since: '2000-01-01T00:00:00.000Z' },
      { id: 'an', since: '2000-01-01T00:00:00.000Z' },
      { id: 'new', since: '2024-03-20T00:00:00.000Z' },
    ];
    const open = owing({}, { administrators: three });
    open.until('2024-04-01T00:00');
    expect(messages(open).filter((line) => line.startsWith('E'))).toEqual([
      'E an 2024-03-13T08:00',
      'E zed 2024-03-13T08:00',
    ]);
    expect(open.until('2025-01-01T00:00').types).toEqual([]);
  });

  it('is told to who stands in for the handler, and to every administrator once the handler has left', () => {
    const known = (...ids: string[]) => ids.map((id) => ({ id, since: '2000-01-01T00:00:00.000Z' }));
    const escalated = (stage: Stage): string[] => {
      stage.until('2024-04-01T00:00');
      return messages(stage).filter((line) => line.startsWith('E'));
    };
    const away = owing({}, { handler: 'ada', administrators: known('ada', 'an', 'zed') });
    away.deputies = [{ person: 'ada', deputy: 'zed', from: '2024-03-13', until: '2024-03-13' }];
    expect(escalated(away)).toEqual(['E zed 2024-03-13T08:00']);
    const left = owing({}, { handler: 'ada', administrators: known('an', 'zed') });
    expect(escalated(left)).toEqual(['E an 2024-03-13T08:00', 'E zed 2024-03-13T08:00']);
  });

  it('can be moved, turned off, and happens again for another date', () => {
    const off = owing({ escalate: null });
    off.until('2025-01-01T00:00');
    expect(messages(off).some((line) => line.startsWith('E'))).toBe(false);
    const soon = owing({ escalate: 'P1D' });
    soon.until('2024-03-01T12:00');
    expect(messages(soon).filter((line) => line.startsWith('E'))).toEqual(['E an 2024-02-29T08:00']);
    soon.must('an', 'extend-deadline', { ...interim, until: '2024-05-01', reason });
    soon.until('2024-06-01T00:00');
    expect(
      messages(soon)
        .filter((line) => line.startsWith('E'))
        .at(-1),
    ).toBe('E an 2024-05-02T07:00');
  });

  it('stays away once the report is in', () => {
    const stage = owing().at('2024-03-10T10:00').must('stad', 'submit-report', interim);
    expect(stage.until('2025-01-01T00:00').types).toEqual([]);
  });
});

describe('the next due moment', () => {
  it('is never past, and null when nothing will come', () => {
    const stage = owing();
    expect(stage.nextDueAt()).toBe('2023-12-30T08:00:00.000Z');
    stage.until('2024-03-13T09:00');
    expect(stage.nextDueAt()).toBeNull();
    expect(new Stage().nextDueAt()).toBeNull();
    expect(awarded().nextDueAt()).toBe('2022-12-31T23:00:00.000Z');
  });
});
