const listed = {
  id: '5',
  recipient: 'stad',
  class: 'due',
  moment: '2024-02-14T08:00:00.000Z',
  state: 'sent',
  messageId: '<0f1e2d3c4b5a69788796a5b4c3d2e1f0@agency.example>',
  messages: 1,
  attempts: 1,
  nextAttemptAt: null,
  address: 'subsidies@antwerpen.be',
  response: '250 2.0.0 Ok: queued as 4SxT',
  lastError: null,
  handedOverAt: '2024-02-14T08:00:02.114Z',
  lateSeconds: 2.1,
} as const;

/** Examples of mails, as the API shows them. */
export const mailExamples = {
  listed,
  read: {
    ...listed,
    language: 'nl',
    subject: 'Nog 14 dagen: tussentijds verslag van REN-ANT',
    text: 'Dag Lieve Peeters …',
    html: '<!doctype html>…',
    items: [{ message: '17', kind: 'reminder.sent', event: '42' }],
  },
};
