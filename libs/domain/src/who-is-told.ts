/** What a person of a beneficiary may be told of: its reports with their deadlines, or its money. */
export const topics = ['reports', 'payments'] as const;
export type Topic = (typeof topics)[number];
