/** Days of the by-day chart; one number, so that every view reads the same cached answer. */
export const SUMMARY_DAYS = 30
