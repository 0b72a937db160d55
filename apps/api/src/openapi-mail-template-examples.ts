const name = { kind: 'reminder.sent', language: 'nl' };
const version = {
  own: true,
  version: 3,
  setBy: 'anke',
  setAt: '2024-01-08T09:30:00.000Z',
  failed: {
    at: '2024-02-14T08:00:03.000Z',
    fault: 'line 3, column 4: contact may be absent: write it within {% if contact %} … {% endif %}',
  },
};
const source =
  '# Verslag “{{ report }}” uiterlijk op {{ dueOn | date }}\n\nU dient het verslag in: [hier]({{ link }}).\n';

/** What OpenAPI shows of the texts of mails. */
export const mailTemplateExamples = {
  listed: { ...name, ...version },
  shown: {
    ...name,
    ...version,
    source,
    shipped: source,
    fields: [{ name: 'waiting[].amount', type: 'amount', mayBeAbsent: false }],
  },
  setting: { source },
  set: { ...name, version: 3 },
  previewing: { source, message: '4711' },
  preview: {
    subject: 'Verslag “tussentijds verslag” uiterlijk op woensdag 28 februari 2024',
    text: 'Beste Lieve Peeters,\n\nU dient het verslag in: hier: https://subsidies.example/grants/REN-ANT\n',
    html: '<!doctype html>\n<html lang="nl" dir="ltr">…</html>\n',
  },
} as const;
