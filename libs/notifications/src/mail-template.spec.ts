import { describe, expect, it } from '@jest/globals';

import { compileTemplate } from './mail-template.js';
import type { TemplateKind } from './template-kinds.js';

/** What is said of a template: `line:column field message`, one line per fault. */
function said(source: string, kind: TemplateKind = 'reminder.sent'): string[] {
  const compiled = compileTemplate(source, kind, 'nl');
  if (!('faults' in compiled)) return [];
  return compiled.faults.map(
    ({ line, column, field, message }) => `${line}:${column} ${field ?? '-'} ${message}`,
  );
}

const body = (text: string): string => `# {{ report }}\n\n${text}\n`;

describe('a template is refused with line, column and field', () => {
  it.each<[string, string, RegExp]>([
    [
      'an unknown field',
      body('{{ repport }}'),
      /^3:4 repport there is no field "repport"; there are recipient, audience/,
    ],
    [
      'one in a branch that no example takes',
      body('{% if days > 999 %}\n{{ oops }}\n{% endif %}'),
      /^4:4 oops there is no field/,
    ],
    ['one in a condition', body('{% if oops %}x{% endif %}'), /^3:7 oops there is no field/],
    ['one in a case', body('{% case audience %}{% when oops %}x{% endcase %}'), /oops there is no field/],
    ['one in the argument of a filter', body('{{ grant | append: oops }}'), /^3:20 oops there is no field/],
    ['one in the subject', '# {{ oops }}\n\nx', /^1:6 oops there is no field/],
    [
      'one of an item',
      body('{% for t in waiting %}{{ t.amont | amount }}{% endfor %}'),
      /t\.amont there is no field "t\.amont"; there are tranche, amount/,
    ],
    [
      'one of a text',
      body('{{ report.title }}'),
      /report\.title there is no field "report\.title"; it has no parts/,
    ],
    [
      'a loop variable after its loop',
      body('{% for t in waiting %}{% endfor %}{{ t.amount | amount }}'),
      /^3:\d+ t there is no field/,
    ],
    [
      'a list that is not repeated over',
      body('{{ waiting }}'),
      /waiting is a list: repeat over it by \{% for %\}/,
    ],
    [
      'a date without its filter',
      body('{{ dueOn }}'),
      /^3:4 dueOn dueOn needs its filter: \{\{ dueOn \| date \}\}/,
    ],
    [
      'an amount without its filter',
      body('{% for t in waiting %}{{ t.amount }}{% endfor %}'),
      /t\.amount t\.amount needs its filter/,
    ],
    ['a flag that is written out', body('{{ overdue }}'), /overdue is true or false/],
    [
      'a word that is written out',
      body('{{ audience }}'),
      /audience is one of beneficiary, agency, the same in every language/,
    ],
    ['a date of a text', body('{{ report | date }}'), /3:1 - .*filter is for dates/],
    [
      'a field that may be absent',
      body('Vraag het {{ contact }}.'),
      /^3:14 contact contact may be absent: write it within \{% if contact %\}/,
    ],
    [
      'a tag there is not',
      body('{% include "x" %}'),
      /^3:1 - there is no tag "include"; there are if, unless/,
    ],
    ['a file', body('{% render "../../etc/passwd" %}'), /there is no tag "render"/],
    [
      'a filter there is not',
      body('{{ report | shout }}'),
      /^3:\d+ - there is no filter "shout"; there are date/,
    ],
    ['the filter that would let HTML through', body('{{ report | raw }}'), /there is no filter "raw"/],
    ['what is not closed', body('{% if overdue %}x'), /^3:1 - tag \{% if overdue %\} not closed/],
    ['an output that is not closed', body('\n{{ report '), /^4:\d+ - output "\{\{ report /],
    ['no subject', 'Beste\n\nx', /^1:1 - the first line is the subject, after "# "/],
    ['a subject that goes on', '# {% if overdue %}x\n{% endif %}\n\ny', /^1:3 - tag .* not closed/],
    ['no text', '# {{ report }}\n\n \n', /^2:1 - below the subject stands the text/],
    ['a control character', body('a\u0007b'), /^3:1 - it holds a control character/],
    ['a mark of the renderer', body('\uFDD00\uFDD1'), /^3:1 - it holds a control character/],
    ['half a character', body('\ud83d'), /^3:1 - it holds a control character/],
    ['too long', body('x'.repeat(70_000)), /^1:1 - it has 700\d\d characters; a template has at most 65536/],
  ])('%s', (_, source, expected) => {
    expect(said(source)[0]).toMatch(expected);
  });

  it('names everything at once', () => {
    expect(said(body('{{ a }} {{ b }}\n{{ dueOn }}')).map((fault) => fault.split(' ')[1])).toEqual([
      'a',
      'b',
      'dueOn',
    ]);
  });

  it.each<[string, string]>([
    [
      'loops for ever',
      body('{% for i in (1..100000) %}{% for j in (1..100000) %}{% assign x = i %}{% endfor %}{% endfor %}'),
    ],
    ['counts to a number that no memory holds', body('{% for i in (1..99999999999) %}x{% endfor %}')],
    ['makes 100 MB of text', body(`{% for i in (1..100000) %}${'x'.repeat(1000)}{% endfor %}`)],
    [
      'makes 100 MB of values',
      body('{% assign x = report %}{% for i in (1..60) %}{% assign x = x | append: x %}{% endfor %}{{ x }}'),
    ],
  ])('one that %s is bounded', (_, source) => {
    const before = process.memoryUsage().rss;
    const start = performance.now();
    expect(said(source)[0]).toMatch(/takes longer|too much memory|writes more than/);
    // Half a second, on a machine that does nothing else: whoever saves it is not kept waiting by others.
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
  });
});

describe('a template is accepted', () => {
  it.each<[string, string]>([
    ['that checks what may be absent', body('{% if contact %}{{ contact }}{% endif %}')],
    ['with a default for it', body('{{ contact | default: "ons" }}')],
    ['that names things itself', body('{% assign n = waiting.size %}{{ n }} {{ waiting.size }}')],
    [
      'that asks for the first',
      body(
        '{% if waiting.size > 0 %}{{ waiting.first.amount | amount }} {{ waiting[0].tranche }}{% endif %}',
      ),
    ],
    [
      'with loops in loops',
      body(
        '{% for a in waiting %}{% for b in waiting %}{{ forloop.index }}{{ a.tranche }}{{ b.tranche }}{% endfor %}{% endfor %}',
      ),
    ],
    ['with Windows line ends and a mark of order', `\uFEFF${body('x').replaceAll('\n', '\r\n')}`],
    ['with remarks', body('{% comment %}{{ oops }}{% endcomment %}{% # een remark %}x')],
  ])('%s', (_, source) => {
    expect(said(source)).toEqual([]);
  });

  it('a layout only with the place of the messages, on a line of its own', () => {
    expect(said('# x\n\nBeste\n\n{{ content }}\n\n{{ recipient }}', 'layout')).toEqual([]);
    expect(said('# x\n\nBeste {{ content }}', 'layout')[0]).toMatch(
      /^1:1 - a layout has a line of \{\{ content \}\}/,
    );
    expect(said('# x\n\nBeste\n\n{{ content }}\n\n{{ grant }}', 'layout')[0]).toMatch(
      /^7:4 grant there is no field/,
    );
  });
});
