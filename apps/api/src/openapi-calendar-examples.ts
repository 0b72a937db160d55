/** Examples of the OpenAPI document: calendar feeds. */
export const calendarExamples = {
  feed: {
    id: '9f86d081884c7d65',
    name: 'Outlook',
    created: '2024-02-21T09:00:00.000Z',
    lastUsed: '2024-02-22T07:00:00.000Z',
    revoked: null,
  },
  newFeed: {
    id: '9f86d081884c7d65',
    name: 'Outlook',
    created: '2024-02-21T09:00:00.000Z',
    address: 'https://sluis.example.be/calendars/….ics',
  },
  calendar: 'BEGIN:VCALENDAR…',
} as const;
